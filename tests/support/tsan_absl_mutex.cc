// Shows absl::Mutex, absl::Notification and shared absl::Status to
// ThreadSanitizer.
//
// Debian's Abseil is a shared library built without sanitizers, so the
// annotations inside its mutex.cc are compiled away and ThreadSanitizer takes
// every pair of critical sections for a race. An executable's definitions win
// over a shared library's, so the ones here stand in front of the library's:
// each announces the operation and calls the next definition, which is the real
// one. Only executables of a ThreadSanitizer build contain this file.
//
// Conditions are evaluated inside the announced operation, where accesses are
// ignored: a race in a condition goes unnoticed, a correct one is never
// reported.

#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace {

// The library's definition of a symbol that this file also defines.
template <typename Function>
Function NextDefinition(const char* mangled_name) {
  void* symbol = dlsym(RTLD_NEXT, mangled_name);
  if (symbol == nullptr) {
    std::fprintf(stderr, "no definition behind %s\n", mangled_name);
    std::abort();
  }
  return reinterpret_cast<Function>(symbol);
}

constexpr unsigned kWrite = 0;
constexpr unsigned kRead = __tsan_mutex_read_lock;
constexpr unsigned kTry = __tsan_mutex_try_lock;

// Some of the library's operations call others of these; only the outermost
// one is announced.
thread_local bool announcing = false;

class Outermost {
 public:
  Outermost() : outermost_(!announcing) { announcing = true; }
  ~Outermost() {
    if (outermost_) announcing = false;
  }
  Outermost(const Outermost&) = delete;
  Outermost& operator=(const Outermost&) = delete;
  explicit operator bool() const { return outermost_; }

 private:
  const bool outermost_;
};

// An operation that takes the mutex; returns what `real` returns.
template <typename Real>
auto AnnotatedLock(absl::Mutex* mu, unsigned flags, Real real) {
  const Outermost outermost;
  if (!outermost) return real();
  __tsan_mutex_pre_lock(mu, flags);
  const absl::Cleanup done = [mu, flags] {
    __tsan_mutex_post_lock(mu, flags, /*recursion=*/0);
  };
  return real();
}

// An operation that takes the mutex if `real` returns true.
template <typename Real>
bool AnnotatedTryLock(absl::Mutex* mu, unsigned flags, Real real) {
  const Outermost outermost;
  if (!outermost) return real();
  __tsan_mutex_pre_lock(mu, flags | kTry);
  const bool taken = real();
  __tsan_mutex_post_lock(
      mu, flags | kTry | (taken ? 0 : __tsan_mutex_try_lock_failed),
      /*recursion=*/0);
  return taken;
}

template <typename Real>
void AnnotatedUnlock(absl::Mutex* mu, unsigned flags, Real real) {
  const Outermost outermost;
  if (!outermost) return real();
  __tsan_mutex_pre_unlock(mu, flags);
  real();
  __tsan_mutex_post_unlock(mu, flags);
}

// An operation that gives the mutex up and comes back with it.
template <typename Real>
auto AnnotatedWait(absl::Mutex* mu, Real real) {
  const Outermost outermost;
  if (!outermost) return real();
  __tsan_mutex_pre_unlock(mu, kWrite);
  const absl::Cleanup done = [mu] {
    __tsan_mutex_post_unlock(mu, kWrite);
    __tsan_mutex_pre_lock(mu, kWrite);
    __tsan_mutex_post_lock(mu, kWrite, /*recursion=*/0);
  };
  return real();
}

}  // namespace

// Debian's Abseil lives in the inline namespace debian3.
#define HEAPD_NEXT(signature, mangled)                \
  static const auto next = NextDefinition<signature>( \
      "_ZN4absl7debian"                               \
      "3" mangled)

namespace absl {
ABSL_NAMESPACE_BEGIN

Mutex::~Mutex() {
  HEAPD_NEXT(void (*)(Mutex*), "5MutexD1Ev");
  next(this);
  __tsan_mutex_destroy(this, 0);
}

void Mutex::Lock() {
  HEAPD_NEXT(void (*)(Mutex*), "5Mutex4LockEv");
  AnnotatedLock(this, kWrite, [&] { next(this); });
}

void Mutex::Unlock() {
  HEAPD_NEXT(void (*)(Mutex*), "5Mutex6UnlockEv");
  AnnotatedUnlock(this, kWrite, [&] { next(this); });
}

bool Mutex::TryLock() {
  HEAPD_NEXT(bool (*)(Mutex*), "5Mutex7TryLockEv");
  return AnnotatedTryLock(this, kWrite, [&] { return next(this); });
}

void Mutex::ReaderLock() {
  HEAPD_NEXT(void (*)(Mutex*), "5Mutex10ReaderLockEv");
  AnnotatedLock(this, kRead, [&] { next(this); });
}

void Mutex::ReaderUnlock() {
  HEAPD_NEXT(void (*)(Mutex*), "5Mutex12ReaderUnlockEv");
  AnnotatedUnlock(this, kRead, [&] { next(this); });
}

bool Mutex::ReaderTryLock() {
  HEAPD_NEXT(bool (*)(Mutex*), "5Mutex13ReaderTryLockEv");
  return AnnotatedTryLock(this, kRead, [&] { return next(this); });
}

void Mutex::LockWhen(const Condition& cond) {
  HEAPD_NEXT(void (*)(Mutex*, const Condition&),
             "5Mutex8LockWhenERKNS0_9ConditionE");
  AnnotatedLock(this, kWrite, [&] { next(this, cond); });
}

bool Mutex::LockWhenWithTimeout(const Condition& cond, Duration timeout) {
  HEAPD_NEXT(bool (*)(Mutex*, const Condition&, Duration),
             "5Mutex19LockWhenWithTimeoutERKNS0_9ConditionENS0_8DurationE");
  return AnnotatedLock(this, kWrite, [&] { return next(this, cond, timeout); });
}

bool Mutex::LockWhenWithDeadline(const Condition& cond, Time deadline) {
  HEAPD_NEXT(bool (*)(Mutex*, const Condition&, Time),
             "5Mutex20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE");
  return AnnotatedLock(this, kWrite,
                       [&] { return next(this, cond, deadline); });
}

void Mutex::Await(const Condition& cond) {
  HEAPD_NEXT(void (*)(Mutex*, const Condition&),
             "5Mutex5AwaitERKNS0_9ConditionE");
  AnnotatedWait(this, [&] { next(this, cond); });
}

bool Mutex::AwaitWithTimeout(const Condition& cond, Duration timeout) {
  HEAPD_NEXT(bool (*)(Mutex*, const Condition&, Duration),
             "5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE");
  return AnnotatedWait(this, [&] { return next(this, cond, timeout); });
}

bool Mutex::AwaitWithDeadline(const Condition& cond, Time deadline) {
  HEAPD_NEXT(bool (*)(Mutex*, const Condition&, Time),
             "5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE");
  return AnnotatedWait(this, [&] { return next(this, cond, deadline); });
}

void CondVar::Wait(Mutex* mu) {
  HEAPD_NEXT(void (*)(CondVar*, Mutex*), "7CondVar4WaitEPNS0_5MutexE");
  AnnotatedWait(mu, [&] { next(this, mu); });
}

bool CondVar::WaitWithTimeout(Mutex* mu, Duration timeout) {
  HEAPD_NEXT(bool (*)(CondVar*, Mutex*, Duration),
             "7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE");
  return AnnotatedWait(mu, [&] { return next(this, mu, timeout); });
}

bool CondVar::WaitWithDeadline(Mutex* mu, Time deadline) {
  HEAPD_NEXT(bool (*)(CondVar*, Mutex*, Time),
             "7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE");
  return AnnotatedWait(mu, [&] { return next(this, mu, deadline); });
}

// A notification is seen without its mutex when it came before the wait.
void Notification::Notify() {
  HEAPD_NEXT(void (*)(Notification*), "12Notification6NotifyEv");
  __tsan_release(this);
  next(this);
}

void Notification::WaitForNotification() const {
  static const auto next = NextDefinition<void (*)(const Notification*)>(
      "_ZNK4absl7debian"
      "312Notification19WaitForNotificationEv");
  next(this);
  __tsan_acquire(const_cast<Notification*>(this));
}

// The count of a status that threads share is the library's, too: who drops it
// last has to have seen what the others did with it.
void Status::UnrefNonInlined(uintptr_t rep) {
  HEAPD_NEXT(void (*)(uintptr_t), "6Status15UnrefNonInlinedEm");
  void* const shared = reinterpret_cast<void*>(rep);
  __tsan_release(shared);
  __tsan_acquire(shared);
  next(rep);
}

ABSL_NAMESPACE_END
}  // namespace absl
