// Settings and where they come from: see daemon/config.hpp.
#include <algorithm>
#include <sstream>

#include "daemon/config.hpp"

namespace giro {

// What format_config() says, so that a setting is written down once.
std::string explain_config(const Config& config) {
  constexpr std::size_t kOriginColumn = 44;
  std::string out;
  std::string table;
  std::istringstream lines(format_config(config));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('[')) table = line.substr(1, line.find(']') - 1) + ".";
    const std::size_t equals = line.find(" = ");
    const std::string name = line.starts_with('#') ? "rule" : table + line.substr(0, equals);
    if (equals != std::string::npos || (name == "rule" && config.origins.contains(name))) {
      const auto origin = config.origins.find(name);
      line += std::string(kOriginColumn - std::min(line.size() + 2, kOriginColumn) + 2, ' ');
      line += "# " + (origin == config.origins.end() ? "default" : origin->second);
    }
    out += line + "\n";
  }
  return out;
}

}  // namespace giro
