#ifndef HEAPD_TESTS_BENCH_LAYOUT_MAPPED_ARRAY_H_
#define HEAPD_TESTS_BENCH_LAYOUT_MAPPED_ARRAY_H_

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <type_traits>
#include <vector>

namespace heapd::layout_bench {

// A fixed number of zeroed T in memory of its own, aligned to 2 MiB and advised
// to use huge pages. Pages become resident when they are first written, so a
// resident size measured around the fill is what the layout costs.
//
// Thread-compatible.
template <typename T>
class MappedArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit MappedArray(size_t size) : size_(size) {
    const size_t bytes = (size * sizeof(T) + kAlign - 1) / kAlign * kAlign;
    mapped_bytes_ = bytes + kAlign;
    mapping_ = mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping_ == MAP_FAILED) {
      std::perror("mmap");
      std::exit(1);
    }
    const uintptr_t start = reinterpret_cast<uintptr_t>(mapping_);
    data_ = reinterpret_cast<T*>((start + kAlign - 1) / kAlign * kAlign);
    // Refused where huge pages are compiled out; the report prints the mode.
    madvise(static_cast<void*>(data_), bytes, MADV_HUGEPAGE);
  }
  ~MappedArray() { munmap(mapping_, mapped_bytes_); }

  MappedArray(const MappedArray&) = delete;
  MappedArray& operator=(const MappedArray&) = delete;

  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }

  size_t ResidentBytes() const {
    const size_t bytes = mapped_bytes_ - kAlign;
    std::vector<unsigned char> pages(bytes / kPageBytes);
    mincore(const_cast<T*>(data_), bytes, pages.data());
    size_t resident = 0;
    for (const unsigned char page : pages) resident += (page & 1) * kPageBytes;
    return resident;
  }

 private:
  static constexpr size_t kPageBytes = 4096;
  static constexpr size_t kAlign = size_t{2} << 20;

  size_t size_;
  size_t mapped_bytes_;
  void* mapping_;
  T* data_;
};

}  // namespace heapd::layout_bench

#endif  // HEAPD_TESTS_BENCH_LAYOUT_MAPPED_ARRAY_H_
