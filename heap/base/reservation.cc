#include "heap/base/reservation.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "heap/base/check.h"

namespace heapd {
namespace {

char* MapOver(size_t bytes, size_t alignment, int protection) {
  // The system aligns to its pages itself. Without a gap neighbours become one
  // mapping, of which a process can have vm.max_map_count (65,530) only.
  const size_t padded =
      alignment > kSystemPageBytes ? bytes + alignment : bytes;
  void* mapped = mmap(nullptr, padded, protection,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  char* const start = static_cast<char*>(mapped);
  char* const aligned = reinterpret_cast<char*>(
      RoundUp(reinterpret_cast<uintptr_t>(start), alignment));
  if (aligned != start) munmap(start, aligned - start);
  char* const end = start + padded;
  if (aligned + bytes != end) munmap(aligned + bytes, end - aligned - bytes);
  return aligned;
}

}  // namespace

Reservation::Reservation(size_t bytes)
    : bytes_(RoundUp(bytes, kHugePageBytes)) {
  data_ = MapOver(bytes_, kHugePageBytes, PROT_NONE);
  HEAPD_CHECK(data_ != nullptr);
}

Reservation::~Reservation() {
  if (data_ != nullptr) munmap(data_, bytes_);
}

Reservation::Reservation(Reservation&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      committed_bytes_(std::exchange(other.committed_bytes_, 0)) {}

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  std::swap(committed_bytes_, other.committed_bytes_);
  return *this;
}

bool Reservation::CommitUpTo(size_t end) {
  if (end <= committed_bytes_) return true;
  // A huge page is only used for a range that is usable as a whole, so beyond
  // the first one the usable part grows by whole huge pages.
  const size_t target = std::min(
      bytes_,
      RoundUp(end, end <= kHugePageBytes ? kSystemPageBytes : kHugePageBytes));
  if (mprotect(data_ + committed_bytes_, target - committed_bytes_,
               PROT_READ | PROT_WRITE) != 0) {
    return false;
  }
  if (target > kHugePageBytes) {
    const size_t from = std::max(committed_bytes_, kHugePageBytes);
    AdviseHugePages(data_ + from, target - from);
  }
  committed_bytes_ = target;
  return true;
}

bool Reservation::Commit(size_t offset, size_t bytes) {
  HEAPD_DCHECK(offset + bytes <= bytes_);
  return mprotect(data_ + offset, bytes, PROT_READ | PROT_WRITE) == 0;
}

void Reservation::Discard(size_t offset, size_t bytes) {
  DiscardMemory(data_ + offset, bytes);
}

char* MapAligned(size_t bytes, size_t alignment) {
  return MapOver(bytes, alignment, PROT_READ | PROT_WRITE);
}

void Unmap(char* data, size_t bytes) {
  if (munmap(data, bytes) == 0) return;
  // A hole in the middle makes two mappings of one, which the system refuses
  // at vm.max_map_count. Then the memory goes back and the addresses stay.
  HEAPD_CHECK(errno == ENOMEM);
  DiscardMemory(data, bytes);
}

void DiscardMemory(char* data, size_t bytes) {
  HEAPD_CHECK(madvise(data, bytes, MADV_DONTNEED) == 0);
}

void PopulateMemory(char* data, size_t bytes) {
  // In pieces: while one is made, whoever maps or unmaps anything in the
  // process waits.
  constexpr size_t kPieceBytes = size_t{128} << 10;
  for (size_t done = 0; done < bytes; done += kPieceBytes) {
    const size_t piece = std::min(kPieceBytes, bytes - done);
    static_cast<void>(madvise(data + done, piece, MADV_POPULATE_WRITE));
  }
}

void TouchMemory(char* data, size_t bytes) {
  for (size_t at = 0; at < bytes; at += kSystemPageBytes) {
    *static_cast<volatile char*>(data + at) = 0;
  }
}

void AdviseHugePages(char* data, size_t bytes) {
  // A wish: a kernel without huge pages refuses, and nothing depends on it.
  static_cast<void>(madvise(data, bytes, MADV_HUGEPAGE));
}

}  // namespace heapd
