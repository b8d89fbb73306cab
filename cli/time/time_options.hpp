// Options that ask for a time, a day or a period, as people write them (cli/time/when.hpp), and what they become in a
// request's params.
//
// What always holds: a number alone is a seq, as "#42" is; only --period takes it for a year. What depends on a zone or on
// now comes with words for the head of the output, so that nobody takes one zone's day for another's.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/failure.hpp"
#include "cli/session.hpp"

namespace giro::cli {

// Which end of a day or a period is meant.
enum class TimeMeans : std::uint8_t { first, last };

// An end of a range, or a moment.
struct Moment {
  boost::json::value value;  // RFC 3339 in UTC, a day, or a seq: what the protocol takes.
  std::string words;  // "2026-10-31T23:59:59.999999999+01:00 (Europe/Vienna)"; empty: it was exact.
};

// `field` is the protocol's name, which failures have.
[[nodiscard]] Result<Moment> moment_of(const std::string& text, TimeMeans means, const char* field);
// A time alone, as one to come: no seq.
[[nodiscard]] Result<std::string> time_of(const std::string& text, TimeMeans means,
                                          const char* field);
// A day of the books; of several the first or the last one.
[[nodiscard]] Result<std::string> day_of(const std::string& text, TimeMeans means,
                                         const char* field);

// One, and not several.
[[nodiscard]] Result<std::string> one_day_of(const std::string& text, const char* field);

struct RangeOptions {
  std::string from;
  std::string to;
  std::string period;

  [[nodiscard]] bool given() const { return !from.empty() || !to.empty() || !period.empty(); }
};

void declare_range(CLI::App& command, RangeOptions& options);

struct Range {
  boost::json::object params;  // `from` and `to`, those that are given.
  std::string words;           // "2026-10-01 to 2026-10-31 (Europe/Vienna)"; empty: all was exact.
};

enum class RangeOf : std::uint8_t { times, days };
[[nodiscard]] Result<Range> range_of(const RangeOptions& options, RangeOf kind = RangeOf::times);

// Puts `at`, or `effective_at` for the days of the books, where one of them is given. The words of the moment.
[[nodiscard]] Result<std::string> put_moment(boost::json::object& params, const std::string& at,
                                             const std::string& effective);

// A line of its own above a table, and one that is empty; "" for no words.
[[nodiscard]] std::string head_line(const char* name, const std::string& words, const Look& look);

inline constexpr const char* kMomentHelp =
    "a time, a seq, or the end of a day or period: 2026-10-31, 2026-10, yesterday (`giro help "
    "times`)";

}  // namespace giro::cli
