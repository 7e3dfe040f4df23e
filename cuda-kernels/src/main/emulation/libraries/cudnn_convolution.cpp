// Convolutions as matrix products: the windows of an image laid out as rows (im2col), one group of
// channels at a time, with float32 sums like the real library's for all types.
#include <algorithm>

#include "cudnn_stand_in.h"

namespace cudnn {
namespace {

using emulation_library::multiply;

struct Geometry {
  std::size_t groups, in_per_group, out_per_group;
  std::size_t taps;     // products of a window in a group: kh · kw · C/g
  std::size_t outputs;  // H' · W'
  std::size_t image;    // H · W · C
  std::size_t result;   // H' · W' · K

  explicit Geometry(const Problem& p)
      : groups(static_cast<std::size_t>(p.convolution.groups)),
        in_per_group(static_cast<std::size_t>(p.w.c)),
        out_per_group(static_cast<std::size_t>(p.w.n) / groups),
        taps(static_cast<std::size_t>(p.w.h) * p.w.w * p.w.c),
        outputs(static_cast<std::size_t>(p.y.h) * p.y.w),
        image(static_cast<std::size_t>(p.x.h) * p.x.w * p.x.c),
        result(outputs * p.y.c) {}
};

// Whether the rows of windows are the image itself.
bool pointwise(const Problem& p) {
  const Convolution& c = p.convolution;
  return p.w.h == 1 && p.w.w == 1 && c.stride_h == 1 && c.stride_w == 1 && c.pad_h == 0 &&
         c.pad_w == 0;
}

// Calls visit(row, tap, pixel) for every window place that lies in the image: `tap` and `pixel` are
// where C/g channels begin in a row of windows and in the image.
template <typename Visit>
void windows(const Problem& p, std::size_t group, Visit visit) {
  const Convolution& c = p.convolution;
  const std::size_t channels = static_cast<std::size_t>(p.w.c);
  for (int i = 0; i < p.y.h; i++) {
    for (int j = 0; j < p.y.w; j++) {
      const std::size_t row = static_cast<std::size_t>(i) * p.y.w + j;
      for (int u = 0; u < p.w.h; u++) {
        const int at = i * c.stride_h - c.pad_h + u * c.dilation_h;
        for (int v = 0; v < p.w.w; v++) {
          const int beside = j * c.stride_w - c.pad_w + v * c.dilation_w;
          if (at >= 0 && at < p.x.h && beside >= 0 && beside < p.x.w) {
            const std::size_t pixel = static_cast<std::size_t>(at) * p.x.w + beside;
            visit(row, (static_cast<std::size_t>(u) * p.w.w + v) * channels,
                  pixel * p.x.c + group * channels);
          }
        }
      }
    }
  }
}

// The windows of an image as rows of taps; zero outside of the image.
void lay_out(const Problem& p, const Geometry& g, const float* x, std::size_t group,
             std::vector<float>& rows) {
  std::fill(rows.begin(), rows.end(), 0.0f);
  windows(p, group, [&](std::size_t row, std::size_t tap, std::size_t pixel) {
    std::copy(x + pixel, x + pixel + g.in_per_group, rows.begin() + row * g.taps + tap);
  });
}

}  // namespace

std::vector<float> forward(const Problem& p, const std::vector<float>& x,
                           const std::vector<float>& w) {
  const Geometry g(p);
  std::vector<float> y(p.y.count());
  std::vector<float> rows(pointwise(p) ? 0 : g.outputs * g.taps);
  for (std::size_t n = 0; n < static_cast<std::size_t>(p.x.n); n++) {
    for (std::size_t group = 0; group < g.groups; group++) {
      const float* image = x.data() + n * g.image;
      emulation_library::Matrix left = {image + group * g.in_per_group,
                                        static_cast<std::size_t>(p.x.c), 1};
      if (!pointwise(p)) {
        lay_out(p, g, image, group, rows);
        left = {rows.data(), g.taps, 1};
      }
      multiply(g.outputs, g.out_per_group, g.taps, left,
               {w.data() + group * g.out_per_group * g.taps, 1, g.taps},
               y.data() + n * g.result + group * g.out_per_group,
               static_cast<std::size_t>(p.y.c));
    }
  }
  return y;
}

std::vector<float> backward_data(const Problem& p, const std::vector<float>& dy,
                                 const std::vector<float>& w) {
  const Geometry g(p);
  std::vector<float> dx(p.x.count());
  std::vector<float> rows(g.outputs * g.taps);
  for (std::size_t n = 0; n < static_cast<std::size_t>(p.x.n); n++) {
    for (std::size_t group = 0; group < g.groups; group++) {
      std::fill(rows.begin(), rows.end(), 0.0f);
      multiply(g.outputs, g.taps, g.out_per_group,
               {dy.data() + n * g.result + group * g.out_per_group,
                static_cast<std::size_t>(p.y.c), 1},
               {w.data() + group * g.out_per_group * g.taps, g.taps, 1}, rows.data(), g.taps);
      float* image = dx.data() + n * g.image;
      windows(p, group, [&](std::size_t row, std::size_t tap, std::size_t pixel) {
        const float* from = rows.data() + row * g.taps + tap;
        for (std::size_t c = 0; c < g.in_per_group; c++) {
          image[pixel + c] += from[c];
        }
      });
    }
  }
  return dx;
}

std::vector<float> backward_filter(const Problem& p, const std::vector<float>& x,
                                   const std::vector<float>& dy) {
  const Geometry g(p);
  std::vector<float> dw(p.w.count());
  std::vector<float> rows(pointwise(p) ? 0 : g.outputs * g.taps);
  for (std::size_t n = 0; n < static_cast<std::size_t>(p.x.n); n++) {
    for (std::size_t group = 0; group < g.groups; group++) {
      const float* image = x.data() + n * g.image;
      emulation_library::Matrix right = {image + group * g.in_per_group,
                                         static_cast<std::size_t>(p.x.c), 1};
      if (!pointwise(p)) {
        lay_out(p, g, image, group, rows);
        right = {rows.data(), g.taps, 1};
      }
      multiply(g.out_per_group, g.taps, g.outputs,
               {dy.data() + n * g.result + group * g.out_per_group, 1,
                static_cast<std::size_t>(p.y.c)},
               right, dw.data() + group * g.out_per_group * g.taps, g.taps);
    }
  }
  return dw;
}

}  // namespace cudnn
