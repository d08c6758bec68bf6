#ifndef HEAPD_HEAP_BASE_PREFETCH_H_
#define HEAPD_HEAP_BASE_PREFETCH_H_

// For functions that do nothing but prefetch. GCC (12, at least) finds that
// they have no effect and leaves out calls of them that it has not inlined
// before it looks.
#define HEAPD_PREFETCHES [[gnu::always_inline]]

#endif  // HEAPD_HEAP_BASE_PREFETCH_H_
