#include "cli/time/time_options.hpp"

#include <chrono>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "cli/output/table.hpp"
#include "cli/time/when.hpp"
#include "cli/time/zone.hpp"
#include "protocol/whole_number.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

Timestamp now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return Timestamp{std::chrono::duration_cast<std::chrono::nanoseconds>(since).count()};
}

// As the daemon names what is wrong with a field.
std::unexpected<Failure> wrong_time(const char* field, const std::string& what) {
  Failure failure = usage_failure(fmt::format("invalid_{}: {}", field, what)).error();
  failure.code = fmt::format("invalid_{}", field);
  failure.field = field;
  return std::unexpected(std::move(failure));
}

// "42", "#42".
std::optional<std::int64_t> seq_of(std::string_view text) {
  if (text.starts_with('#')) text.remove_prefix(1);
  return protocol::whole_number<std::int64_t>(text);
}

// Who wrote a year is told that it isn't one here.
std::string taken_for_a_seq(const std::string& text) {
  constexpr std::size_t kYearDigits = 4;
  const bool like_a_year = text.size() == kYearDigits && (text[0] == '1' || text[0] == '2');
  return like_a_year ? fmt::format("#{0} (a seq; the year is --period {0})", text) : std::string();
}

std::string in_zone(const std::string& words) {
  return fmt::format("{} ({})", words, zone_name());
}

Result<Range> days_range(const RangeOptions& options) {
  Range range;
  const bool period = !options.period.empty();
  for (const auto& [name, text, means] :
       {std::tuple{"from", period ? &options.period : &options.from, TimeMeans::first},
        std::tuple{"to", period ? &options.period : &options.to, TimeMeans::last}}) {
    if (text->empty()) continue;
    const auto day = day_of(*text, means, period ? "period" : name);
    if (!day) return std::unexpected(day.error());
    range.params[name] = *day;
  }
  return range;
}

Result<Range> period_range(const std::string& text) {
  const auto span = parse_span(text, now(), zone_offset_at);
  if (!span) return wrong_time("period", span.error());
  Range range;
  range.params["from"] = format_rfc3339(span->first);
  range.params["to"] = format_rfc3339(span->last);
  range.words = in_zone(span_text(span->first, span->last, zone_offset_at));
  return range;
}

}  // namespace

Result<Moment> moment_of(const std::string& text, TimeMeans means, const char* field) {
  if (const auto seq = seq_of(text)) return Moment{*seq, taken_for_a_seq(text)};
  const auto span = parse_span(text, now(), zone_offset_at);
  if (!span) return wrong_time(field, span.error());
  if (!span->relative) return Moment{json::string(text), {}};
  const bool first = means == TimeMeans::first;
  const Timestamp time = first ? span->first : span->last;
  // "the end of 2026-10-31" says more than its last nanosecond does.
  const std::string whole = span_text(span->first, span->last, zone_offset_at);
  std::string words = whole;
  if (span->first != span->last) {
    const std::size_t to = whole.find(" to ");
    words = first ? whole.substr(0, to)
                  : "the end of " + (to == std::string::npos ? whole : whole.substr(to + 4));
  }
  return Moment{json::string(format_rfc3339(time)), in_zone(words)};
}

// RFC 3339 as it was typed: it is what the key was used with.
Result<std::string> time_of(const std::string& text, TimeMeans means, const char* field) {
  const auto span = parse_span(text, now(), zone_offset_at);
  if (!span) return wrong_time(field, span.error());
  if (!span->relative) return text;
  return format_rfc3339(means == TimeMeans::first ? span->first : span->last);
}

Result<std::string> day_of(const std::string& text, TimeMeans means, const char* field) {
  const auto days = parse_days(text, day_of(now(), zone_offset_at));
  if (!days) return wrong_time(field, days.error());
  return format_date(means == TimeMeans::first ? days->first : days->last);
}

Result<std::string> one_day_of(const std::string& text, const char* field) {
  const auto days = parse_days(text, day_of(now(), zone_offset_at));
  if (!days) return wrong_time(field, days.error());
  if (days->first == days->last) return format_date(days->first);
  return wrong_time(field, fmt::format("`{}` is more than a day", text));
}

void declare_range(CLI::App& command, RangeOptions& options) {
  CLI::Option* from = command.add_option(
      "--from", options.from, "From this time, day, period or seq on (`giro help times`)");
  CLI::Option* to = command.add_option("--to", options.to, "Up to this one, and the whole of it");
  command
      .add_option("--period", options.period,
                  "Within this one: 2026-10, 2026-Q3, 2026, today, 'last month', 'last 30d'")
      ->excludes(from)
      ->excludes(to);
}

Result<Range> range_of(const RangeOptions& options, RangeOf kind) {
  if (kind == RangeOf::days) return days_range(options);
  if (!options.period.empty()) return period_range(options.period);
  Range range;
  for (const auto& [name, text, means] : {std::tuple{"from", &options.from, TimeMeans::first},
                                          std::tuple{"to", &options.to, TimeMeans::last}}) {
    if (text->empty()) continue;
    auto moment = moment_of(*text, means, name);
    if (!moment) return std::unexpected(std::move(moment).error());
    range.params[name] = std::move(moment->value);
    if (moment->words.empty()) continue;
    range.words += fmt::format("{}{} {}", range.words.empty() ? "" : ", ", name, moment->words);
  }
  return range;
}

Result<std::string> put_moment(json::object& params, const std::string& at,
                               const std::string& effective) {
  std::string words;
  if (!at.empty()) {
    auto moment = moment_of(at, TimeMeans::last, "at");
    if (!moment) return std::unexpected(std::move(moment).error());
    params["at"] = std::move(moment->value);
    words = std::move(moment->words);
  }
  if (!effective.empty()) {
    const auto day = day_of(effective, TimeMeans::last, "effective_at");
    if (!day) return std::unexpected(day.error());
    params["effective_at"] = *day;
  }
  return words;
}

std::string head_line(const char* name, const std::string& words, const Look& look) {
  if (words.empty()) return {};
  Details details;
  details.add(name, words);
  return details.render(look) + "\n";
}

}  // namespace giro::cli
