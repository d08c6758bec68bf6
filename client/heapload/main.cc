#include <iostream>

#include "client/heapload/run.h"

int main(int argc, char** argv) {
  return heapd::heapload::RunHeapload(argc, argv, std::cout, std::cerr);
}
