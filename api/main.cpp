// giro_describe: writes the documents of the API, and the source file that has them as constant text. The build runs it:
//
//   giro_describe DESCRIPTION_FOLDER PROTOCOL.md OUT_FOLDER
//
// A method, route, field or code that isn't described, and a description that nothing has, end the build.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "api/documents.hpp"

namespace giro::api {
namespace {

void write_file(const std::filesystem::path& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (!out.flush()) throw DescriptionError(fmt::format("{} can't be written", path.string()));
}

std::string function(std::string_view name, std::string_view text) {
  constexpr std::string_view kEnd = ")document\"";
  if (text.find(kEnd) != std::string_view::npos) {
    throw DescriptionError(fmt::format("{} can't be a raw string", name));
  }
  return fmt::format("std::string_view {}() {{\n  return R\"document({}{};\n}}\n", name, text,
                     kEnd);
}

void describe(const std::filesystem::path& folder, const std::filesystem::path& page,
              const std::filesystem::path& out) {
  const Description description = read_description(folder);
  const PageExamples examples(page);
  const std::string openrpc = json::serialize(openrpc_document(description, examples));
  const std::string openapi = json::serialize(openapi_document(description, examples));
  write_file(out / "openrpc.json", openrpc);
  write_file(out / "openapi.json", openapi);
  write_file(out / "texts.cpp",
             fmt::format("#include \"api/texts.hpp\"\n\nnamespace giro::api {{\n\n{}\n{}\n}}\n",
                         function("openrpc_text", openrpc), function("openapi_text", openapi)));
}

}  // namespace
}  // namespace giro::api

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: giro_describe DESCRIPTION_FOLDER PROTOCOL.md OUT_FOLDER\n", stderr);
    return 64;
  }
  try {
    giro::api::describe(argv[1], argv[2], argv[3]);
  } catch (const std::exception& error) {
    fmt::print(stderr, "giro_describe: {}\n", error.what());
    return 1;
  }
  return 0;
}
