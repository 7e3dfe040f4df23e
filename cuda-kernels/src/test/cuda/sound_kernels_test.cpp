// Kernels without a fault must compute what CUDA's documentation says and draw no report, whatever
// the order of threads.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "device_under_test.h"

namespace {

std::string check(const char* what, long long at, double got, double expected) {
  return std::string(what) + " at " + std::to_string(at) + ": got " + std::to_string(got) +
         ", expected " + std::to_string(expected);
}

std::string warp_primitives(Device& d) {
  auto* y = d.allocate<int>(640);
  if (const int code = d.launch("warp_primitives", Shape::of(1, 64), y)) {
    return "code " + std::to_string(code);
  }
  const auto got = d.download(y, 640);
  for (int i = 0; i < 64; i++) {
    const int lane = i % 32;
    const int warp = i / 32 * 32;
    unsigned same = 0;
    for (int other = 0; other < 32; other++) {
      same |= other % 5 == lane % 5 ? 1u << other : 0u;
    }
    const int expected[] = {
        warp + 5,
        warp + lane / 8 * 8 + 3,
        warp + (lane ^ 9),
        lane >= 2 ? i - 2 : i,
        lane % 16 < 13 ? i + 3 : i,
        static_cast<int>(0x49249249u),
        static_cast<int>(same),
        i < 32 ? 2 : 1,
        static_cast<int>(lane < 7 ? 0xaaaaaaaau & 0x7fu : 0xaaaaaaaau & ~0x7fu),
        1};
    for (int column = 0; column < 10; column++) {
      if (got[64 * column + i] != expected[column]) {
        return check("primitive", 64 * column + i, got[64 * column + i], expected[column]);
      }
    }
  }
  return "";
}

std::string block_primitives(Device& d) {
  auto* y = d.allocate<int>(3 * 60);
  if (const int code = d.launch("block_primitives", {{1, 1, 1}, {5, 4, 3}, 0}, 60, y)) {
    return "code " + std::to_string(code);
  }
  const auto got = d.download(y, 180);
  for (int i = 0; i < 60; i++) {
    if (got[i] != 60 || got[60 + i] != 1 || got[120 + i] != 0) {
      return "wrong at " + std::to_string(i);
    }
  }
  return "";
}

std::string sums(Device& d) {
  std::vector<float> x(96);
  for (int i = 0; i < 96; i++) {
    x[i] = static_cast<float>((i * 37) % 96);
  }
  auto* y = d.allocate<float>(192);
  if (const int code = d.launch("sums", Shape::of(1, 96), d.upload(x), y)) {
    return "code " + std::to_string(code);
  }
  const auto got = d.download(y, 192);
  for (int i = 0; i < 96; i++) {
    if (got[2 * i] != 95.0f * 48 || got[2 * i + 1] != 95.0f) {
      return check("sum", i, got[2 * i], 95.0 * 48);
    }
  }
  return "";
}

std::string last_block(Device& d) {
  auto* y = d.allocate<float>(1);
  const int code = d.launch("last_block_sums", Shape::of(17, 64), 1000, d.allocate<float>(17),
                            d.upload<unsigned>({0}), y);
  const float got = d.download(y, 1)[0];
  return code != 0 ? "code " + std::to_string(code) : got == 1000 ? "" : check("sum", 0, got, 1000);
}

std::string reversed(Device& d, const char* kernel, int step) {
  std::vector<float> x(64);
  for (int i = 0; i < 64; i++) {
    x[i] = static_cast<float>(i);
  }
  auto* y = d.allocate<float>(64);
  if (const int code = d.launch(kernel, Shape::of(1, 64), d.upload(x), step, y)) {
    return "code " + std::to_string(code);
  }
  const auto got = d.download(y, 64);
  const int bits = std::strcmp(kernel, "reverse64") == 0 ? 63 : 31;
  for (int i = 0; i < 64; i++) {
    if (got[i] != static_cast<float>(i ^ bits)) {
      return check("element", i, got[i], i ^ bits);
    }
  }
  return "";
}

std::string dynamic_shared(Device& d) {
  const int threads = 1000;
  const unsigned bytes = 200 * 1024;
  auto* y = d.allocate<float>(threads);
  void* function = d.function("dynamic_reverse");
  int n = threads;
  int extra = 0;
  void* values[] = {&n, &extra, &y};
  const int allowed = cuFuncSetAttribute(function, 8, bytes);
  const int code =
      cuLaunchKernel(function, 1, 1, 1, threads, 1, 1, bytes, nullptr, values, nullptr);
  if (allowed != 0 || code != 0) {
    return "codes " + std::to_string(allowed) + ", " + std::to_string(code);
  }
  const auto got = d.download(y, threads);
  for (int i = 0; i < threads; i++) {
    if (got[i] != static_cast<float>(threads - 1 - i)) {
      return check("element", i, got[i], threads - 1 - i);
    }
  }
  return "";
}

std::string coordinates(Device& d) {
  const Shape shape{{3, 2, 2}, {4, 3, 2}, 0};
  struct Index {
    unsigned x, y, z;
  };
  auto* y = d.allocate<Index>(12 * 24);
  if (const int code = d.launch("coordinates", shape, y)) {
    return "code " + std::to_string(code);
  }
  const auto got = d.download(y, 12 * 24);
  for (unsigned i = 0; i < 12 * 24; i++) {
    const unsigned block = i / 24;
    const unsigned thread = i % 24;
    const Index expected{block % 3 * 10 + thread % 4, block / 3 % 2 * 10 + thread / 4 % 3,
                         block / 6 * 10 + thread / 12};
    if (std::memcmp(&got[i], &expected, sizeof(Index)) != 0) {
      return "wrong at " + std::to_string(i);
    }
  }
  return "";
}

std::string order(Device& d) {
  const char* schedule = std::getenv("EMULATION_SCHEDULE");
  const std::string mode = schedule == nullptr ? "random" : schedule;
  std::vector<std::vector<int>> orders;
  for (int launch = 0; launch < 2; launch++) {
    auto* y = d.allocate<int>(64);
    d.launch("order_of_threads", Shape::of(1, 64), d.upload<int>({0}), y);
    orders.push_back(d.download(y, 64));
  }
  const bool forward = std::is_sorted(orders[0].begin(), orders[0].end());
  const bool reverse = std::is_sorted(orders[0].rbegin(), orders[0].rend());
  const bool fine = mode == "forward"   ? forward
                    : mode == "reverse" ? reverse
                                        : !forward && !reverse && orders[0] != orders[1];
  return fine ? "" : "not the order asked for";
}

// The nearest of all 65,536 halves (or bfloat16), ties to even bits: slow, but plainly right.
unsigned nearest(float x, const std::vector<double>& values, unsigned infinity, double largest) {
  if (std::isnan(x)) {
    return 0x7fff;
  }
  const double magnitude = std::fabs(static_cast<double>(x));
  const unsigned sign = std::signbit(x) ? 0x8000u : 0u;
  if (magnitude >= largest) {
    return sign | infinity;
  }
  const auto above = std::lower_bound(values.begin(), values.end(), magnitude);
  unsigned bits = static_cast<unsigned>(above - values.begin());
  if (bits == values.size()) {
    return sign | (bits - 1);
  }
  if (bits > 0 && *above != magnitude) {
    const double up = values[bits] - magnitude;
    const double down = magnitude - values[bits - 1];
    bits -= down < up || (down == up && bits % 2 == 1) ? 1 : 0;
  }
  return sign | bits;
}

// The non-negative finite values of a 16-bit float, by the definition of the format.
std::vector<double> format_values(int mantissa_bits, int bias, unsigned infinity) {
  std::vector<double> values;
  for (unsigned bits = 0; bits < infinity; bits++) {
    const int exponent = static_cast<int>(bits >> mantissa_bits);
    const double fraction =
        std::ldexp(static_cast<double>(bits & ((1u << mantissa_bits) - 1)), -mantissa_bits);
    values.push_back(exponent == 0 ? std::ldexp(fraction, 1 - bias)
                                   : std::ldexp(1 + fraction, exponent - bias));
  }
  return values;
}

std::string halves(Device& d) {
  std::vector<float> x = {0.0f,      -0.0f,    65504.0f, 65519.996f, 65520.0f, -65520.0f,
                          5.9e-8f,   2.98e-8f, 2.99e-8f, 6.1e-5f,    3.4e38f,  INFINITY,
                          -INFINITY, NAN,      1e-45f,   1.0009765f, 1.00048828125f};
  std::uint32_t state = 12345;
  for (int i = 0; i < 20000; i++) {
    state = state * 1664525u + 1013904223u;
    const std::uint32_t bits = i % 2 == 0 ? state : (state & 0x8fffffffu) + 0x30000000u;
    float value = 0;
    std::memcpy(&value, &bits, 4);
    x.push_back(value);
  }
  const int n = static_cast<int>(x.size());
  auto* h = d.allocate<std::uint16_t>(x.size());
  auto* b = d.allocate<std::uint16_t>(x.size());
  auto* h32 = d.allocate<float>(x.size());
  auto* b32 = d.allocate<float>(x.size());
  if (d.launch("to_half", Shape::of(8, 128), d.upload(x), n, h, b) != 0 ||
      d.launch("from_half", Shape::of(8, 128), h, b, n, h32, b32) != 0) {
    return "a launch failed";
  }
  const auto half_format = format_values(10, 15, 0x7c00);
  const auto bfloat_format = format_values(7, 127, 0x7f80);
  const auto half_bits = d.download(h, x.size());
  const auto bfloat_bits = d.download(b, x.size());
  const auto half_back = d.download(h32, x.size());
  const auto bfloat_back = d.download(b32, x.size());
  const double bfloat_limit = std::ldexp(2 - std::ldexp(1.0, -8), 127);
  for (int i = 0; i < n; i++) {
    const unsigned expected = nearest(x[i], half_format, 0x7c00, 65520);
    const unsigned expected_bfloat = nearest(x[i], bfloat_format, 0x7f80, bfloat_limit);
    if (half_bits[i] != expected || bfloat_bits[i] != expected_bfloat) {
      return check("bits", i, half_bits[i], expected) +
             check(" bfloat16", i, bfloat_bits[i], expected_bfloat);
    }
    const unsigned magnitude = expected & 0x7fffu;
    if (magnitude < 0x7c00 && std::fabs(half_back[i]) != half_format[magnitude]) {
      return check("half", i, half_back[i], half_format[magnitude]);
    }
    const unsigned wide = expected_bfloat & 0x7fffu;
    if (wide < 0x7f80 && std::fabs(bfloat_back[i]) != bfloat_format[wide]) {
      return check("bfloat16", i, bfloat_back[i], bfloat_format[wide]);
    }
  }
  return "";
}

std::string returns_int(Device& d, const char* kernel, const Shape& shape, int argument,
                        int expected) {
  auto* y = d.allocate<int>(64);
  if (const int code = d.launch(kernel, shape, argument, y)) {
    return "code " + std::to_string(code);
  }
  const int got = d.download(y, 1)[0];
  return got == expected ? "" : check(kernel, 0, got, expected);
}

std::string saturation(Device& d) {
  for (const float x : {3e9f, -3e9f, NAN, -1.9f}) {
    auto* y = d.allocate<int>(1);
    if (const int code = d.launch("to_int_saturated", Shape::of(1, 1), x, y)) {
      return "code " + std::to_string(code);
    }
    const int expected = std::isnan(x) ? 0 : x > 1e9f ? INT32_MAX : x < -1e9f ? INT32_MIN : -1;
    if (d.download(y, 1)[0] != expected) {
      return check("saturated", 0, d.download(y, 1)[0], expected);
    }
  }
  return "";
}

std::string memory_comes_back(Device& d) {
  std::size_t before = 0;
  std::size_t after = 0;
  std::size_t total = 0;
  cuMemGetInfo_v2(&before, &total);
  for (int i = 0; i < 60; i++) {
    auto* y = d.allocate<char>(50 << 20);  // in all more than the whole address range
    if (y == nullptr ||
        (i % 20 == 0 && d.launch("write_at", Shape::of(1, 1), 9LL, reinterpret_cast<float*>(y)))) {
      return "allocation " + std::to_string(i) + " failed";
    }
    cuMemFree_v2(reinterpret_cast<std::uintptr_t>(y));
  }
  cuMemGetInfo_v2(&after, &total);
  return before == after ? "" : check("free bytes", 0, static_cast<double>(after),
                                      static_cast<double>(before));
}

}  // namespace

void test_sound_kernels(Device& d, Tests& tests) {
  tests.run("warp primitives", [&] { return warp_primitives(d); });
  tests.run("block primitives", [&] { return block_primitives(d); });
  tests.run("block sums", [&] { return sums(d); });
  tests.run("last block", [&] { return last_block(d); });
  tests.run("reversal with a barrier", [&] { return reversed(d, "reverse64", 1); });
  tests.run("reversal within warps", [&] { return reversed(d, "reverse_in_warp", 1); });
  tests.run("200 KiB of dynamic shared memory", [&] { return dynamic_shared(d); });
  tests.run("coordinates", [&] { return coordinates(d); });
  tests.run("order of threads", [&] { return order(d); });
  tests.run("half precision", [&] { return halves(d); });
  tests.run("same value written by all",
            [&] { return returns_int(d, "write_same", Shape::of(1, 32), 1, 7); });
  tests.run("word changed after the warp has read it",
            [&] { return returns_int(d, "update_word_of_warp", Shape::of(1, 64), 1, 5); });
  tests.run("shared counter",
            [&] { return returns_int(d, "count_shared", Shape::of(2, 64), 1, 64); });
  tests.run("saturating conversion", [&] { return saturation(d); });
  tests.run("memory comes back", [&] { return memory_comes_back(d); });
}
