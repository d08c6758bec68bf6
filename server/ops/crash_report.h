#ifndef HEAPD_SERVER_OPS_CRASH_REPORT_H_
#define HEAPD_SERVER_OPS_CRASH_REPORT_H_

#include "absl/strings/string_view.h"

// What is written to stderr when the process dies of a fatal signal (SIGSEGV,
// SIGABRT and their like): the signal and the stack, then the last lines that
// were kept here, which is what the collector did just before.

namespace heapd::server {

// Two kinds of lines, so that many of one do not push out the other.
enum class CrashNotes { kFrequent, kRare };

// Keeps a line, without its line feed, in place of the oldest of its kind when
// there are 32; what is over 254 bytes is cut. Never waits. Thread-safe.
void KeepForCrash(CrashNotes kind, absl::string_view line);

// Part of PrepareProcess(). `program`: argv[0], for the names in the stack.
void InstallCrashReport(const char* program);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_CRASH_REPORT_H_
