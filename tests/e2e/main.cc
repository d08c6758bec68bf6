// The tests of e2e_tests, or one of the programs that they start.

#include <gtest/gtest.h>

#include <cstring>

#include "tests/e2e/holding_client.h"
#include "tests/e2e/uploading_process.h"

int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[1], heapd::e2e::kUploadSnapshots) == 0) {
    return heapd::e2e::UploadSnapshots(argv[2], argv[3]);
  }
  if (argc == 4 && std::strcmp(argv[1], heapd::e2e::kListUploads) == 0) {
    return heapd::e2e::ListUploads(argv[2], argv[3]);
  }
  if (argc == 3 && std::strcmp(argv[1], heapd::e2e::kHoldObjects) == 0) {
    return heapd::e2e::HoldObjects(argv[2]);
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
