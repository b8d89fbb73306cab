// The page for people: the files of page/, as they were at the build, and the words for each rejection. It tells
// nothing of the ledger; what it shows it asks for, as any other client does.
// Pure functions: any thread.
#pragma once

#include <span>
#include <string_view>

namespace giro::http {

struct PageFile {
  std::string_view path;  // Of the address. index.html is "/".
  std::string_view type;
  std::string_view text;
};

// Those of page/. Their text is made by cmake/embed_page.cmake.
[[nodiscard]] std::span<const PageFile> embedded_files();

// nullptr: it has no such file.
[[nodiscard]] const PageFile* page_file(std::string_view path);

}  // namespace giro::http
