#include "cli/import/account_opener.hpp"

#include <utility>

#include <fmt/format.h>

#include "cli/import/request_view.hpp"

namespace giro::cli {

namespace json = boost::json;

Result<void> AccountOpener::open_for(const RowRequest& request) {
  if (!request.method.empty()) return {};
  Result<void> done;
  for_each_leg(request.params, [&](const json::object& leg) {
    for (const char* side : {"from", "to"}) {
      if (done) done = open(text_field(leg, side), text_field(leg, "currency"));
    }
  });
  return done;
}

Result<void> AccountOpener::open(const std::string& id, const std::string& currency) {
  if (known_.contains(id)) return {};
  auto found = session_.call("accounts.get", {{"id", id}});
  // What isn't an id can't be opened; its row is told so.
  if (!found && found.error().exit == ExitCode::usage) return {};
  if (!found && found.error().exit != ExitCode::rejected) {
    return std::unexpected(std::move(found).error());
  }
  if (!found) {
    json::object params{{"id", id}, {"currency", currency}, {"floor", nullptr}};
    const auto scale = scales_.scale_of(currency);
    if (!scale) return std::unexpected(scale.error());
    params["scale"] = *scale;
    const auto opened = session_.call("accounts.open", params);
    if (!opened) return std::unexpected(opened.error());
    // One that was rejected says so at its payments.
    if (text_field(*opened, "status") == "applied") ++opened_;
  }
  known_.insert(id);
  return {};
}

Result<NextRow> OpeningRows::next(bool may_wait) {
  auto next = rows_.next(may_wait);
  if (!next) return next;
  if (const Row* row = std::get_if<Row>(&*next)) {
    if (auto opened = opener_.open_for(row->request); !opened) {
      return std::unexpected(std::move(opened).error());
    }
  }
  return next;
}

}  // namespace giro::cli
