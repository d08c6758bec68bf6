# heapd_embed_assets(FOLDER OUTPUT) writes a source file that defines
# heapd::server::PageAssets(): each file of FOLDER as a string, so that the
# daemon needs no files beside it. Configuring again after a change is all that
# it takes; the same files give the same output.

function(heapd_embed_assets folder output)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*)
  set(type_html "text/html; charset=utf-8")
  set(type_css "text/css; charset=utf-8")
  set(type_js "text/javascript; charset=utf-8")
  set(type_svg "image/svg+xml")
  set(entries "")
  foreach(file ${files})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    get_filename_component(name ${file} NAME)
    get_filename_component(extension ${file} LAST_EXT)
    string(SUBSTRING "${extension}" 1 -1 extension)
    if(NOT DEFINED type_${extension})
      message(FATAL_ERROR "${file}: what is its media type?")
    endif()
    file(READ ${file} content)
    file(SHA256 ${file} digest)
    string(APPEND entries "    {\"/${name}\", \"${type_${extension}}\", "
      "R\"(\"${digest}\")\",\n     R\"heapd_asset(${content})heapd_asset\"},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
"// Made by CMake from server/page/assets: edit there.

#include \"server/page/page_assets.h\"

namespace heapd::server {
namespace {

constexpr PageAsset kAssets[] = {
@entries@};

}  // namespace

absl::Span<const PageAsset> PageAssets() { return kAssets; }

}  // namespace heapd::server
")
endfunction()
