#include "server/page/page_assets.h"

#include <algorithm>

namespace heapd::server {

const PageAsset* FindPageAsset(absl::string_view path) {
  if (path == "/") path = "/index.html";
  const absl::Span<const PageAsset> all = PageAssets();
  const auto* const found =
      std::find_if(all.begin(), all.end(),
                   [path](const PageAsset& one) { return one.path == path; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace heapd::server
