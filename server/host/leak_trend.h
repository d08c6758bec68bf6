#ifndef HEAPD_SERVER_HOST_LEAK_TREND_H_
#define HEAPD_SERVER_HOST_LEAK_TREND_H_

#include "absl/types/span.h"

namespace heapd::server {

// How a figure changes with time.
struct Trend {
  // In the figure's unit: the median of the slopes between all pairs of points
  // (Theil and Sen), which a third of wild points does not move.
  double slope_per_second = 0;
  // 0 to 1: how sure it is that the figure rises if the slope is positive,
  // falls if it is negative. One minus the probability that points without a
  // trend have as many pairs in order (Mann and Kendall).
  double confidence = 0;

  double slope_per_hour() const { return slope_per_second * 3600; }
  // How sure it is that the figure rises.
  double confidence_of_rise() const {
    return slope_per_second > 0 ? confidence : 0;
  }
};

// The trend of `values` at `times` (in seconds, rising). Points that resemble
// the ones before them, as those of a load that comes and goes do, count as
// fewer than they are. No trend for fewer than three points. Takes time in the
// square of their number: about 20 us for 64.
Trend FitTrend(absl::Span<const double> times, absl::Span<const double> values);

// The value at the last of `times` by a line with that slope through the middle
// of all points.
double ValueAtEnd(absl::Span<const double> times,
                  absl::Span<const double> values, double slope_per_second);

// Whether values rise in every third of their points, and the last third not
// much less than the first. A step, a warm-up that ends and a peak do not, and
// leave a rank test none the wiser. REQUIRES: nine points or more.
bool RisesThroughout(absl::Span<const double> times,
                     absl::Span<const double> values, double slope_per_second);

// Which is changed. REQUIRES: not empty.
double Median(absl::Span<double> values);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_LEAK_TREND_H_
