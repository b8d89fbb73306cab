#include "session/http/page.hpp"

#include <algorithm>
#include <string>

#include "ledger/codes.hpp"
#include "protocol/json_writer.hpp"

namespace giro::http {
namespace {

// {"insufficient_funds":"The paying account has ..."}: the words that answers have, too.
std::string explained_rejections() {
  std::string text;
  protocol::JsonWriter json(text);
  json.begin_object();
  for (const Rejection code : all_rejections()) json.field(name(code), explain(code));
  json.end_object();
  return text;
}

const PageFile& rejections_file() {
  static const std::string text = explained_rejections();
  static const PageFile file{
      .path = "/page/rejections.json", .type = "application/json", .text = text};
  return file;
}

}  // namespace

const PageFile* page_file(std::string_view path) {
  const auto files = embedded_files();
  const auto found = std::ranges::find(files, path, &PageFile::path);
  if (found != files.end()) return &*found;
  return path == rejections_file().path ? &rejections_file() : nullptr;
}

}  // namespace giro::http
