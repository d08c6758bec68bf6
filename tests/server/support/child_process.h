#ifndef HEAPD_TESTS_SERVER_SUPPORT_CHILD_PROCESS_H_
#define HEAPD_TESTS_SERVER_SUPPORT_CHILD_PROCESS_H_

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "heap/base/check.h"

namespace heapd::server {

// A program that the test starts and that does not outlive it. Its stdout and
// stderr come back together.
class ChildProcess {
 public:
  ChildProcess(const std::string& program,
               const std::vector<std::string>& arguments) {
    int ends[2];
    HEAPD_CHECK(pipe2(ends, O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    std::vector<char*> pointers = {const_cast<char*>(program.c_str())};
    for (const std::string& text : arguments) {
      pointers.push_back(const_cast<char*>(text.c_str()));
    }
    pointers.push_back(nullptr);
    HEAPD_CHECK(posix_spawn(&pid_, program.c_str(), &actions, nullptr,
                            pointers.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    output_ = ends[0];
  }
  ~ChildProcess() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(output_);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }

  void Signal(int number) { kill(pid_, number); }

  // Reads what it writes until `text` has been seen, or all; gives what was
  // read. The test's own time limit bounds it.
  std::string ReadUntil(const std::string& text) {
    std::string read_now;
    char c;
    while (read_now.find(text) == std::string::npos &&
           read(output_, &c, 1) == 1) {
      read_now.push_back(c);
    }
    return read_now;
  }
  std::string ReadAll() { return ReadUntil(std::string(1, '\0')); }

  // Waits for its end: its exit code, or 128 and the signal's number.
  int Wait() {
    int status = 0;
    HEAPD_CHECK(waitpid(pid_, &status, 0) == pid_);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
  int output_ = -1;
};

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_SUPPORT_CHILD_PROCESS_H_
