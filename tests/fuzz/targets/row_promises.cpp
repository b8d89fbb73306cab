#include "tests/fuzz/targets/row_promises.hpp"

#include "tests/fuzz/targets/promise.hpp"
#include "tests/protocol/parsed.hpp"

namespace giro::fuzz {
namespace {

void require_travels(const cli::RowRequest& request) {
  std::string batch =
      R"({"jsonrpc":"2.0","id":1,"method":"payments.submit_many","params":{"payments":[)";
  cli::append_for_batch(batch, request);
  batch += "]}}";
  require(batch.find('\n') == std::string::npos, "a request is one line");
  require(protocol::Parsed(batch).parse().has_value(), "a request is JSON: " + batch);
}

}  // namespace

cli::Result<Amount> cents(std::string_view decimal, std::string_view /*currency*/) {
  const auto amount = parse_decimal(decimal, 2);
  if (!amount) return cli::usage_failure("bad amount");
  return *amount;
}

std::vector<cli::Row> take_rows(cli::Rows& rows) {
  std::vector<cli::Row> taken;
  std::uint64_t line = 0;
  for (;;) {
    auto next = rows.next(true);
    if (!next) {
      require(!next.error().what.empty(), "a failure says what is wrong");
      return taken;
    }
    if (const auto* none = std::get_if<cli::NoRow>(&*next)) {
      require(none->at_end, "who may wait comes to the end");
      return taken;
    }
    const auto* bad = std::get_if<cli::BadRow>(&*next);
    const std::uint64_t its_line = bad != nullptr ? bad->line : std::get<cli::Row>(*next).line;
    require(its_line >= std::max<std::uint64_t>(line, 1), "rows come in order");
    line = its_line;
    if (bad != nullptr) {
      require(!bad->what.empty(), "a bad row says what is wrong");
      continue;
    }
    taken.push_back(std::move(std::get<cli::Row>(*next)));
    require_travels(taken.back().request);
  }
}

}  // namespace giro::fuzz
