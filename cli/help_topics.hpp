// Pages of `giro help` that are about no single command. Pure functions: any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace giro::cli {

struct HelpTopic {
  std::string_view name;
  std::string_view title;
  std::string (*text)(std::size_t width);
};

[[nodiscard]] std::span<const HelpTopic> help_topics();

}  // namespace giro::cli
