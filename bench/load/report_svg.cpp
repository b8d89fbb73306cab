#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "bench/load/report.hpp"

namespace giro::load {
namespace {

constexpr double kWidth = 920;
constexpr double kMargin = 24;
constexpr double kHeadHeight = 56;
constexpr double kRowHeight = 214;
constexpr double kPlotTop = 34;
constexpr double kPlotHeight = 130;
constexpr double kAxisWidth = 64;
constexpr double kGap = 28;

constexpr const char* kStyle =
    "<style>text{font:12px system-ui,sans-serif;fill:#57606a}.title{font-size:14px;"
    "font-weight:600;fill:#1f2328}.head{font-size:17px;font-weight:600;fill:#1f2328}"
    ".value{fill:#1f2328}.grid{stroke:#d8dee4;stroke-width:1}"
    ".line{fill:none;stroke:#0969da;stroke-width:1.8;stroke-linejoin:round}"
    ".area{fill:#0969da;fill-opacity:.1}.bar{fill:#0969da}</style>\n";

struct Box {
  double left = 0;
  double top = 0;
  double width = 0;
  double height = 0;
};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    if (letter == '&') {
      out += "&amp;";
    } else if (letter == '<') {
      out += "&lt;";
    } else {
      out += letter;
    }
  }
  return out;
}

std::string label(double x, double y, const char* anchor, const char* look, std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>\n",
                     x, y, anchor, look, escaped(text));
}

std::string grid_line(double x1, double y1, double x2, double y2) {
  return fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"grid\"/>\n", x1, y1,
      x2, y2);
}

// The next of 1, 2, 2.5, 4, 5, 10 times a power of ten.
double round_up(double value) {
  const double power = std::pow(10.0, std::floor(std::log10(std::max(value, 1.0))));
  for (const double step : {1.0, 2.0, 2.5, 4.0, 5.0}) {
    if (value <= step * power) return step * power;
  }
  return 10 * power;
}

std::string shown_rate(double rate) {
  if (rate >= 1e6) return fmt::format("{:.3g}M/s", rate / 1e6);
  return rate >= 1e3 ? fmt::format("{:.3g}k/s", rate / 1e3) : fmt::format("{:.3g}/s", rate);
}

std::string rate_plot(const Pace& pace, const Box& box) {
  double highest = 1;
  for (const auto& rate : pace.over_time) highest = std::max(highest, rate.per_second);
  const double top = round_up(highest);
  std::string out;
  constexpr int kLines = 4;
  for (int line = 0; line <= kLines; ++line) {
    const double y = box.top + box.height * (1 - static_cast<double>(line) / kLines);
    out += grid_line(box.left, y, box.left + box.width, y);
    out += label(box.left - 8, y + 4, "end", "axis", shown_rate(top * line / kLines));
  }
  std::string points;
  for (const auto& rate : pace.over_time) {
    const double x = box.left + box.width * rate.seconds / pace.seconds;
    const double y = box.top + box.height * (1 - rate.per_second / top);
    // A rate holds for the time before its end; the first one's begins at the axis.
    if (points.empty()) points = fmt::format("{:.1f},{:.1f} ", box.left, y);
    points += fmt::format("{:.1f},{:.1f} ", x, y);
  }
  const double bottom = box.top + box.height;
  out += fmt::format("<polygon class=\"area\" points=\"{:.1f},{:.1f} {}{:.1f},{:.1f}\"/>\n",
                     box.left, bottom, points, box.left + box.width, bottom);
  out += fmt::format("<polyline class=\"line\" points=\"{}\"/>\n", points);
  out += label(box.left, bottom + 18, "middle", "axis", "0 s");
  out += label(box.left + box.width, bottom + 18, "end", "axis",
               fmt::format("{:.1f} s", pace.seconds));
  return out;
}

// Bars on a logarithmic axis from 10 us to 10 s.
std::string latency_plot(const Latency& latency, const Box& box) {
  constexpr double kLowest = 1e4;
  constexpr double kDecades = 6;
  constexpr std::array<const char*, 7> kTicks{"10 us",  "100 us", "1 ms", "10 ms",
                                              "100 ms", "1 s",    "10 s"};
  const double bottom = box.top + box.height;
  std::string out;
  for (std::size_t tick = 0; tick < kTicks.size(); ++tick) {
    const double x = box.left + box.width * static_cast<double>(tick) / kDecades;
    out += grid_line(x, box.top, x, bottom);
    if (tick % 2 == 0) out += label(x, bottom + 18, "middle", "axis", kTicks[tick]);
  }
  const double step = box.height / 5;
  double y = box.top + step * 0.2;
  const auto bar = [&](const std::string& name, std::uint64_t nanoseconds) {
    const double decades = std::log10(std::max(static_cast<double>(nanoseconds) / kLowest, 1.0));
    const double width = box.width * std::min(decades / kDecades, 1.0);
    out += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"bar\"/>\n",
        box.left, y, std::max(width, 1.5), step * 0.6);
    out += label(box.left - 8, y + step * 0.5, "end", "axis", name);
    out +=
        label(box.left + width + 6, y + step * 0.5, "start", "value", shown_duration(nanoseconds));
    y += step;
  };
  for (const double percent : kPercentiles) {
    bar(fmt::format("p{:g}", percent), latency.nanoseconds.at_percentile(percent));
  }
  bar("max", latency.nanoseconds.max());
  return out;
}

std::string pace_caption(const Pace& pace) {
  return fmt::format("payments a second, {} over all", shown_rate(pace.per_second));
}

std::string outcome_row(const Outcome& outcome, double top) {
  std::string out = label(kMargin, top + 4, "start", "title",
                          fmt::format("{}: {}", outcome.workload->id, outcome.workload->title));
  const std::size_t panels = outcome.latencies.size() + (outcome.pace ? 1 : 0);
  if (panels == 0) return out;
  const double each =
      (kWidth - 2 * kMargin - kGap * static_cast<double>(panels - 1)) / static_cast<double>(panels);
  Box box{kMargin + kAxisWidth, top + kPlotTop, each - kAxisWidth, kPlotHeight};
  const auto add = [&](const std::string& caption, const std::string& plot) {
    out += label(box.left, box.top - 8, "start", "axis", caption) + plot;
    box.left += each + kGap;
  };
  if (outcome.pace) add(pace_caption(*outcome.pace), rate_plot(*outcome.pace, box));
  for (const Latency& latency : outcome.latencies) {
    add("latency of " + latency.what, latency_plot(latency, box));
  }
  return out;
}

}  // namespace

std::string report_svg(const Report& report) {
  const double height =
      kHeadHeight + kRowHeight * static_cast<double>(report.outcomes.size()) + kMargin / 2;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\">\n{2}<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
      kWidth, height, kStyle);
  out += label(kMargin, 26, "start", "head", "giro bench");
  out += label(kMargin, 44, "start", "axis",
               fmt::format("{}, {} cores, {}, {}, sync {:.2f} ms, SQLite {}, scale {:g}",
                           report.machine.processor, report.machine.cores, report.machine.kernel,
                           report.machine.filesystem, report.machine.sync_floor_ms,
                           report.sqlite_version, report.scale));
  double top = kHeadHeight + 20;
  for (const Outcome& outcome : report.outcomes) {
    out += outcome_row(outcome, top);
    top += kRowHeight;
  }
  return out + "</svg>\n";
}

}  // namespace giro::load
