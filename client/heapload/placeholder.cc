#include "client/heapload/run_report.h"
