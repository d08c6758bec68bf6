#ifndef HEAPD_HEAP_SPACE_PAGE_H_
#define HEAPD_HEAP_SPACE_PAGE_H_

#include <cstddef>
#include <cstdint>

#include "heap/object/block.h"

namespace heapd {

inline constexpr size_t kPageBytes = size_t{256} << 10;

// A page of a paged space: this header, then blocks without a gap up to the
// end. Aligned to its size, so the page of a block is found from its address.
class Page {
 public:
  static constexpr size_t kHeaderBytes = 64;
  static constexpr size_t kAreaBytes = kPageBytes - kHeaderBytes;

  static Page* Of(const void* address) {
    return reinterpret_cast<Page*>(reinterpret_cast<uintptr_t>(address) &
                                   ~(kPageBytes - 1));
  }

  char* area_start() { return reinterpret_cast<char*>(this) + kHeaderBytes; }
  char* area_end() { return reinterpret_cast<char*>(this) + kPageBytes; }

  // Where the page is in its space's list.
  uint32_t position() const { return position_; }
  void set_position(uint32_t position) { position_ = position; }
  // Nothing is allocated on a page that is not open.
  enum class State : uint8_t {
    kOpen,
    kAwaitsSweep,       // a sweep has begun and has not come to it
    kAwaitsEvacuation,  // swept; what lives there shall move elsewhere
  };
  State state() const { return state_; }
  void set_state(State state) { state_ = state; }

 private:
  uint32_t position_ = 0;
  State state_ = State::kOpen;
};

static_assert(sizeof(Page) <= Page::kHeaderBytes);
static_assert(Page::kHeaderBytes % kWordBytes == 0);

}  // namespace heapd

#endif  // HEAPD_HEAP_SPACE_PAGE_H_
