#ifndef HEAPD_SERVER_PAGE_PAGE_ASSETS_H_
#define HEAPD_SERVER_PAGE_PAGE_ASSETS_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace heapd::server {

// One file of the page, which CMake has put into the program (page/assets).
struct PageAsset {
  absl::string_view path;  // "/app.js"
  absl::string_view content_type;
  absl::string_view etag;  // with its quotes: it is the content's SHA-256
  absl::string_view content;
};

// All of them, by path.
absl::Span<const PageAsset> PageAssets();

// Null if there is none; "/" is "/index.html".
const PageAsset* FindPageAsset(absl::string_view path);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_PAGE_PAGE_ASSETS_H_
