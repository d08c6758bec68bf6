#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_PROGRESS_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_PROGRESS_H_

#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/heapload/run_report.h"

namespace heapd::heapload {

// How a run is going: its last interval, whose calls may still be on their way.
struct ProgressState {
  double at_seconds = 0;
  double of_seconds = 0;
  std::string phase;
  RunInterval interval;
  HeapSample heap;
  // Each series with its last answer.
  std::vector<std::pair<std::string, ProbeOutcome>> health;
};

// One line, such as
// "12 s of 60 s  peak  2000/s, 1990 ok/s  p50 0.31 p99 2.1 max 4.0 ms
//  refused 3 errors 1 unsent 0 waiting 6  heap 41 of 64 MiB  liveness SERVING".
std::string DescribeProgress(const ProgressState& state);

// Shows a run while it runs. Single-threaded.
class Progress {
 public:
  enum class Style {
    kRedraw,  // one line that is written over, for terminals
    kLines,   // a line each time
    kNone
  };

  Progress(std::ostream& out, Style style);
  // Ends the line that was drawn.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Show(const ProgressState& state);
  // Something that the user should know whatever the style.
  void Warn(std::string_view text);

 private:
  void EndLine();

  std::ostream& out_;
  const Style style_;
  bool drawn_ = false;  // the cursor stands behind a line
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_PROGRESS_H_
