// Operands, streams and the one matrix product behind all convolutions and GEMMs of the stand-ins.
#include "library_support.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace emulation_library {

std::string complaint(const Operand& operand, std::size_t alignment) {
  const std::string name = operand.name;
  if (operand.address == 0) {
    return name + " is a null pointer";
  }
  if (operand.address % alignment != 0) {
    return name + " is not aligned to " + std::to_string(alignment) + " bytes";
  }
  if (emulation_device_range(operand.address, operand.bytes()) != 0) {
    return name + " is not " + std::to_string(operand.bytes()) + " bytes of device memory";
  }
  return "";
}

bool overlap(const Operand& a, const Operand& b) {
  return a.count > 0 && b.count > 0 && a.address < b.address + b.bytes() &&
         b.address < a.address + a.bytes();
}

namespace {

float rounded_to_tf32(float value) {
  const auto bits = emulation::bits_as<std::uint32_t>(value);
  if ((bits & 0x7f800000u) == 0x7f800000u) {
    return value;
  }
  // To nearest, ties to even, dropping 13 of the 23 bits of mantissa.
  const std::uint32_t rounded = bits + 0xfffu + ((bits >> 13) & 1u);
  return emulation::bits_as<float>(rounded & ~0x1fffu);
}

}  // namespace

std::vector<float> load(const Operand& operand, bool tf32) {
  std::vector<float> values(operand.count);
  if (operand.type == Type::F32) {
    const auto* from = reinterpret_cast<const float*>(operand.address);
    std::copy(from, from + operand.count, values.begin());
    if (tf32) {
      std::transform(values.begin(), values.end(), values.begin(), rounded_to_tf32);
    }
    return values;
  }
  const auto* from = reinterpret_cast<const std::uint16_t*>(operand.address);
  const bool half = operand.type == Type::F16;
  for (std::size_t i = 0; i < operand.count; i++) {
    values[i] = half ? emulation::half_value(from[i]) : emulation::bfloat16_value(from[i]);
  }
  return values;
}

void store(const Operand& operand, const std::vector<float>& values, float alpha, float beta) {
  if (operand.type == Type::F32) {
    auto* to = reinterpret_cast<float*>(operand.address);
    for (std::size_t i = 0; i < operand.count; i++) {
      to[i] = alpha * values[i] + (beta == 0 ? 0 : beta * to[i]);
    }
    return;
  }
  auto* to = reinterpret_cast<std::uint16_t*>(operand.address);
  const bool half = operand.type == Type::F16;
  for (std::size_t i = 0; i < operand.count; i++) {
    float value = alpha * values[i];
    if (beta != 0) {
      const float prior = half ? emulation::half_value(to[i]) : emulation::bfloat16_value(to[i]);
      value += beta * prior;
    }
    to[i] = half ? emulation::half_bits(value) : emulation::bfloat16_bits(value);
  }
}

namespace {

int run(void* data, const void* stream) {
  const auto* task = static_cast<const Task*>(data);
  std::vector<EmulatedUse> uses;
  for (const Operand& operand : task->operands) {
    uses.push_back({operand.address, operand.bytes(), &operand == &task->operands.back()});
  }
  uses.push_back({task->workspace.address, task->workspace.bytes(), true});
  const int code =
      emulation_begin(stream, task->what, uses.data(), static_cast<int>(uses.size()));
  if (code == 0) {
    task->body();
  }
  return code;
}

void drop(void* data) { delete static_cast<Task*>(data); }

}  // namespace

std::string enqueue(void* stream, Task task) {
  const int code = emulation_enqueue(stream, run, drop, new Task(std::move(task)));
  const char* text = "";
  if (code != 0) {
    cuGetErrorString(code, &text);
  }
  return code == 0 ? "" : text == nullptr ? "error " + std::to_string(code) : text;
}

bool has_context() {
  void* context = nullptr;
  return cuCtxGetCurrent(&context) == 0 && context != nullptr;
}

namespace {

typedef float Lanes __attribute__((vector_size(64)));

constexpr std::size_t PANEL = 32;  // columns of b that a pass takes: two vectors
constexpr std::size_t DEPTH = 256;
constexpr std::size_t ROWS = 4;

// Rows [i,i+ROWS) of c += rows of a · panel [depth,PANEL]. Compiled for several processors; the
// loader takes the best that this one has.
__attribute__((target_clones("avx512f", "avx2", "default"))) void panel_product(
    const float* a, std::size_t a_row, std::size_t a_column, const float* panel, std::size_t depth,
    float* sums) {
  Lanes s00 = {}, s01 = {}, s10 = {}, s11 = {}, s20 = {}, s21 = {}, s30 = {}, s31 = {};
  for (std::size_t k = 0; k < depth; k++) {
    Lanes b0;
    Lanes b1;
    std::memcpy(&b0, panel + k * PANEL, sizeof b0);
    std::memcpy(&b1, panel + k * PANEL + PANEL / 2, sizeof b1);
    const float* at = a + k * a_column;
    s00 += at[0] * b0;
    s01 += at[0] * b1;
    s10 += at[a_row] * b0;
    s11 += at[a_row] * b1;
    s20 += at[2 * a_row] * b0;
    s21 += at[2 * a_row] * b1;
    s30 += at[3 * a_row] * b0;
    s31 += at[3 * a_row] * b1;
  }
  const Lanes all[] = {s00, s01, s10, s11, s20, s21, s30, s31};
  std::memcpy(sums, all, sizeof all);
}

// The last rows, fewer than ROWS.
void row_product(const float* a, std::size_t a_column, const float* panel, std::size_t depth,
                 float* sums) {
  std::fill(sums, sums + PANEL, 0.0f);
  for (std::size_t k = 0; k < depth; k++) {
    const float value = a[k * a_column];
    for (std::size_t j = 0; j < PANEL; j++) {
      sums[j] += value * panel[k * PANEL + j];
    }
  }
}

void pack(const Matrix& b, std::size_t first_row, std::size_t depth, std::size_t first_column,
          std::size_t columns, float* panel) {
  for (std::size_t k = 0; k < depth; k++) {
    const float* from = b.data + (first_row + k) * b.row + first_column * b.column;
    for (std::size_t j = 0; j < PANEL; j++) {
      panel[k * PANEL + j] = j < columns ? from[j * b.column] : 0.0f;
    }
  }
}

}  // namespace

void multiply(std::size_t m, std::size_t n, std::size_t k, Matrix a, Matrix b, float* c,
              std::size_t c_row) {
  std::vector<float> panel(DEPTH * PANEL);
  float sums[ROWS * PANEL];
  for (std::size_t first = 0; first < k; first += DEPTH) {
    const std::size_t depth = std::min(DEPTH, k - first);
    for (std::size_t j = 0; j < n; j += PANEL) {
      const std::size_t columns = std::min(PANEL, n - j);
      pack(b, first, depth, j, columns, panel.data());
      for (std::size_t i = 0; i < m;) {
        const float* rows = a.data + i * a.row + first * a.column;
        const std::size_t count = m - i >= ROWS ? ROWS : 1;
        if (count == ROWS) {
          panel_product(rows, a.row, a.column, panel.data(), depth, sums);
        } else {
          row_product(rows, a.column, panel.data(), depth, sums);
        }
        for (std::size_t r = 0; r < count; r++, i++) {
          float* to = c + i * c_row + j;
          for (std::size_t x = 0; x < columns; x++) {
            to[x] += sums[r * PANEL + x];
          }
        }
      }
    }
  }
}

}  // namespace emulation_library
