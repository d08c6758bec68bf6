#ifndef HEAPD_SERVER_OPS_PROCESS_H_
#define HEAPD_SERVER_OPS_PROCESS_H_

#include <functional>

#include "absl/status/status.h"

namespace heapd::server {

// What belongs to the process and not to the daemon in it. Call once, first
// thing in main(), before any thread starts: files are made for their owner
// only, writing to a closed socket or over a file-size limit is an error of the
// call, a fatal signal leaves a report (crash_report.h), and SIGTERM, SIGINT
// and SIGHUP wait for WaitForStopSignal(). `program`: argv[0].
void PrepareProcess(const char* program);

// Sets what the libraries below do by default and should not do in a daemon:
// Abseil looks for lock cycles at every lock in the build that Debian ships (a
// tenth of a small call's time; debug builds of heapd keep it), and malloc
// gives memory that it has just got back to the system at once, to fault it in
// again for the next call. Part of PrepareProcess(); benchmarks call it alone.
void TuneLibraries();

// Keeps the process's memory, as it is touched, out of swap.
// FAILED_PRECONDITION with what to change if the system does not permit it.
absl::Status LockMemory();

// Waits for SIGTERM or SIGINT and returns its number; calls `reload` in the
// calling thread for each SIGHUP that comes before. From then on a second
// SIGTERM or SIGINT ends the process at once, and SIGHUP does nothing.
int WaitForStopSignal(const std::function<void()>& reload);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_PROCESS_H_
