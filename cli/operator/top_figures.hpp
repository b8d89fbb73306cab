// What `giro top` shows: rates, from two pages of metrics, and how things stand, from the second one; as lines for
// a screen and as JSON. Pure: any thread.
#pragma once

#include <string>
#include <vector>

#include <boost/json.hpp>

#include "cli/operator/busy_accounts.hpp"
#include "cli/operator/metrics_page.hpp"
#include "cli/operator/screen.hpp"

namespace giro::cli {

struct TopFigures {
  struct TypeRate {
    std::string type;
    double applied = 0;  // A second, as all rates.
    double rejected = 0;
  };
  struct CodeRate {
    std::string code;
    double rate = 0;
  };
  struct AccountRate {
    std::string account;
    double rate = 0;
  };
  struct UserConnections {
    std::string uid;
    double connections = 0;
  };

  double seconds = 0;           // Over which rates were taken.
  std::vector<TypeRate> types;  // The busiest first; those with nothing are left out, as below.
  std::vector<CodeRate> rejections;
  std::vector<CodeRate> refusals;
  double replays = 0;
  double commits = 0;
  Histogram group_seconds;
  Histogram commit_seconds;
  std::vector<AccountRate> accounts;
  std::string accounts_trouble;  // Why there are none.
  std::vector<UserConnections> users;
  MetricsPage now;

  [[nodiscard]] double decisions() const;
};

[[nodiscard]] TopFigures top_figures(const MetricsPage& before, const MetricsPage& after,
                                     double seconds, const std::vector<BusyAccounts::Busy>& busy);

[[nodiscard]] boost::json::object as_json(const TopFigures& figures);
// `obstacle`: why nothing is decided; empty: it isn't known, or nothing is in the way.
[[nodiscard]] std::vector<ScreenLine> as_lines(const TopFigures& figures, const std::string& socket,
                                               const std::string& obstacle);

}  // namespace giro::cli
