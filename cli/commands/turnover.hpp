// What accounts had before a time range, moved within it, and had after it: the daemon's lists of accounts at its two
// ends, walked side by side.
//
// What always holds: both ends are moments that can't change any more, so the pages of each list agree; accounts are
// never taken away, so all that the first list has comes up in the second. Memory: a page of each.
// Thread: the main one.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "cli/failure.hpp"
#include "cli/session.hpp"
#include "cli/time/time_options.hpp"
#include "ledger/money.hpp"

namespace giro::cli {

// The ends of a range as moments of the ledger, a seq or a time each.
struct Ends {
  std::optional<boost::json::value>
      before;  // The last moment before it; nothing: it begins with the ledger.
  boost::json::value until;
};

// Asks where the ledger is, for what isn't over yet.
[[nodiscard]] Result<Ends> ends_of(Session& session, const Range& range);

struct Turnover {
  std::string id;  // Of an account, or what several have in common.
  std::string currency;
  int scale = 0;
  Int128 opening = 0;
  Int128 debit = 0;   // Paid,
  Int128 credit = 0;  // and received within the range.
  std::int64_t accounts = 1;

  [[nodiscard]] Int128 closing() const { return opening + credit - debit; }
  void add(const Turnover& other);
  [[nodiscard]] boost::json::object json() const;
};

// Each account in the order of ids.
[[nodiscard]] Result<void> for_each_turnover(Session& session, const std::string& prefix,
                                             const Ends& ends,
                                             const std::function<void(Turnover turnover)>& take);

// The rows of a question that comes in pages, one at a time.
class RowStream {
 public:
  RowStream(Session& session, std::string_view method, boost::json::object params,
            std::string_view field, std::string_view cursor);

  // Null: there are no more.
  [[nodiscard]] Result<const boost::json::object*> next();

 private:
  Session& session_;
  std::string_view method_;
  boost::json::object params_;
  std::string_view field_;
  std::string_view cursor_;
  boost::json::object page_;
  std::size_t index_ = 0;
  bool last_page_ = false;
  bool asked_ = false;
};

}  // namespace giro::cli
