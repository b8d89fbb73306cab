// Questions whose answers come in pages: their options, and the pages one after the other.
// Thread: the main one.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/failure.hpp"
#include "cli/fields.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"

namespace giro::cli {

struct PageOptions {
  int limit = 100;
  bool all = false;
};

void declare_pages(CLI::App& command, PageOptions& options, const std::string& what);

// Asks for one page, or with --all for one after the other; `cursor` names the field that takes
// `next`. Each page is printed as it comes: memory doesn't grow with the answer. `show_page` gives a page
// as text, or why it can't.
template <class ShowPage>
Result<ExitCode> run_pages(Session& session, std::string_view method, boost::json::object params,
                           const PageOptions& options, std::string_view cursor,
                           ShowPage show_page) {
  params["limit"] = options.limit;
  for (;;) {
    const auto page = session.call(method, params);
    if (!page) return std::unexpected(page.error());
    if (session.json()) {
      print(json_line(*page));
    } else {
      const Result<std::string> text = show_page(*page);
      if (!text) return std::unexpected(text.error());
      print(*text);
    }
    const boost::json::value* next = page->if_contains("next");
    if (next == nullptr || next->is_null()) return ExitCode::ok;
    if (!options.all) {
      if (!session.json()) note("There is more: --all shows everything.\n");
      return ExitCode::ok;
    }
    params[boost::json::string_view(cursor.data(), cursor.size())] = *next;
  }
}

}  // namespace giro::cli
