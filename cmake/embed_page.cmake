# Writes OUT, C++ that has the files of FOLDER as constant text: cmake -D FOLDER=page -D OUT=page_files.cpp -P embed_page.cmake
set(TYPE_html "text/html; charset=utf-8")
set(TYPE_css "text/css; charset=utf-8")
set(TYPE_js "text/javascript; charset=utf-8")
set(TYPE_svg "image/svg+xml")

file(GLOB names RELATIVE ${FOLDER} ${FOLDER}/*.html ${FOLDER}/*.css ${FOLDER}/*.js ${FOLDER}/*.svg)
list(SORT names)
set(rows "")
foreach(name ${names})
  string(REGEX REPLACE ".*\\." "" ending ${name})
  if(name STREQUAL "index.html")
    set(path "/")
  else()
    set(path "/page/${name}")
  endif()
  file(READ ${FOLDER}/${name} text)
  string(FIND "${text}" ")page\"" end)
  if(NOT end EQUAL -1)
    message(FATAL_ERROR "${name} has )page\", which ends its text in C++")
  endif()
  string(APPEND rows "    {.path = \"${path}\", .type = \"${TYPE_${ending}}\", .text = R\"page(${text})page\"},\n")
endforeach()

file(WRITE ${OUT} "// Made by cmake/embed_page.cmake from the files of page/.
#include \"session/http/page.hpp\"

#include <array>

namespace giro::http {

std::span<const PageFile> embedded_files() {
  static constexpr auto kFiles = std::to_array<PageFile>({
${rows}  });
  return kFiles;
}

}  // namespace giro::http
")
