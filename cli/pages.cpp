#include "cli/pages.hpp"

namespace giro::cli {
namespace {

constexpr int kPageMax = 1'000;

}  // namespace

void declare_pages(CLI::App& command, PageOptions& options, const std::string& what) {
  command.add_option("--limit", options.limit, what + " a page, 1 to 1000 (default 100)")
      ->check(CLI::Range(1, kPageMax));
  command.add_flag("--all", options.all, "Every page, not only the first");
}

}  // namespace giro::cli
