#ifndef HEAPD_HEAP_BASE_RESERVATION_H_
#define HEAPD_HEAP_BASE_RESERVATION_H_

#include <cstddef>

namespace heapd {

inline constexpr size_t kSystemPageBytes = 4096;
inline constexpr size_t kHugePageBytes = size_t{2} << 20;

constexpr size_t RoundUp(size_t bytes, size_t multiple) {
  return (bytes + multiple - 1) / multiple * multiple;
}

// A range of address space, aligned to huge pages, that costs no memory until
// parts of it are committed. Committed memory reads as zero. Accounting for it
// is the owner's business. Thread-compatible.
class Reservation {
 public:
  Reservation() = default;
  // Aborts when the system has no address space left.
  explicit Reservation(size_t bytes);
  ~Reservation();
  Reservation(Reservation&& other) noexcept;
  Reservation& operator=(Reservation&& other) noexcept;

  char* data() const { return data_; }
  size_t size() const { return bytes_; }

  // Makes [0, end) usable. Memory is taken as it is touched; beyond the first
  // 2 MiB in huge pages where the system has them. False when the system
  // refuses.
  bool CommitUpTo(size_t end);
  // Makes [offset, offset + bytes) usable, wherever it stands; for reservations
  // that do not use CommitUpTo(). REQUIRES: multiples of kSystemPageBytes.
  bool Commit(size_t offset, size_t bytes);
  // Gives the memory of a range back; it stays usable and reads as zero.
  // REQUIRES: multiples of kSystemPageBytes, committed.
  void Discard(size_t offset, size_t bytes);

 private:
  char* data_ = nullptr;
  size_t bytes_ = 0;
  size_t committed_bytes_ = 0;
};

// Maps `bytes` of zeroed memory aligned to `alignment` (a power of two, at
// least a system page); null when the system refuses.
char* MapAligned(size_t bytes, size_t alignment);
// Gives mapped memory back to the system, and its addresses too if that is
// possible.
void Unmap(char* data, size_t bytes);
// Gives the physical memory back; the range reads as zero afterwards.
void DiscardMemory(char* data, size_t bytes);
// Takes the memory now that would be taken when it is touched; a wish, which
// kernels before 5.14 do not know.
void PopulateMemory(char* data, size_t bytes);
// The same by touching it. Since Linux 6.4 nobody waits meanwhile who maps or
// unmaps anything in the process. REQUIRES: fresh memory that nobody else uses.
void TouchMemory(char* data, size_t bytes);
// Asks for huge pages.
void AdviseHugePages(char* data, size_t bytes);

}  // namespace heapd

#endif  // HEAPD_HEAP_BASE_RESERVATION_H_
