#ifndef HEAPD_CLIENT_IMPORT_SLOT_PLACEMENT_H_
#define HEAPD_CLIENT_IMPORT_SLOT_PLACEMENT_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "client/import/type_table.h"

namespace heapd::importer {

// Where an object of type `has` can keep the slots of one of type `wants` that
// has `count` of them: for each of these, a slot of the same name, or for an
// unnamed one an unnamed slot; in their order, each slot once. Nothing if `has`
// lacks a name, or would need more than `max_slots` slots.
std::optional<std::vector<uint32_t>> PlaceSlots(const ObjectType& has,
                                                const ObjectType& wants,
                                                uint32_t count,
                                                uint64_t max_slots);

}  // namespace heapd::importer

#endif  // HEAPD_CLIENT_IMPORT_SLOT_PLACEMENT_H_
