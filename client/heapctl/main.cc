#include <iostream>

#include "client/heapctl/run.h"

int main(int argc, char** argv) {
  return heapd::heapctl::RunHeapctl(argc, argv, std::cout, std::cerr);
}
