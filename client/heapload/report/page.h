#ifndef HEAPD_CLIENT_HEAPLOAD_REPORT_PAGE_H_
#define HEAPD_CLIENT_HEAPLOAD_REPORT_PAGE_H_

namespace heapd::heapload {

// The files in the folder page/, which the build puts into the program: the
// style sheet and the script of a report's page.
extern const char kPageStyle[];
extern const char kPageScript[];

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_REPORT_PAGE_H_
