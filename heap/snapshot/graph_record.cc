#include "heap/snapshot/graph_record.h"

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace heapd {

void GraphRecordReader::Fill() {
  if (!status_.ok()) return;
  const absl::StatusOr<size_t> count =
      spill_->Read(offset_, absl::MakeSpan(buffer_));
  next_ = 0;
  end_ = 0;
  if (!count.ok()) {
    status_ = count.status();
  } else if (*count == 0) {
    status_ = absl::DataLossError("the spilled graph ends too early");
  } else {
    end_ = *count;
    offset_ += end_;
  }
}

}  // namespace heapd
