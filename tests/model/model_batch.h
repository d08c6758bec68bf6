#ifndef HEAPD_TESTS_MODEL_MODEL_BATCH_H_
#define HEAPD_TESTS_MODEL_MODEL_BATCH_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "heap/heap.h"
#include "tests/model/heap_model.h"

namespace heapd::testing {

// Applies a random batch, built on `objects` (refs, 0 for none), to the heap
// and to the model. Some batches end in an operation that must fail: then the
// heap must be as before. Returns what is wrong, or nothing.
std::string RunRandomBatch(std::mt19937_64* random,
                           const std::vector<ModelType>& types,
                           uint64_t session,
                           const std::vector<uint64_t>& objects, Heap* heap,
                           HeapModel* model);

}  // namespace heapd::testing

#endif  // HEAPD_TESTS_MODEL_MODEL_BATCH_H_
