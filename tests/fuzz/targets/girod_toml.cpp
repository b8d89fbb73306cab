// The daemon's settings: what is taken is shown as a file that says the same, and what isn't is told with the file's name.
#include "daemon/config.hpp"
#include "tests/fuzz/targets/bytes_as_file.hpp"
#include "tests/fuzz/targets/promise.hpp"
#include "tests/fuzz/targets/targets.hpp"

namespace giro::fuzz {

void fuzz_girod_toml(std::string_view bytes) {
  const BytesAsFile file(bytes);
  Config config;  // The daemon's: it always has these two.
  config.data = "/var/lib/giro";
  config.socket = "/run/giro/giro.sock";
  const auto read = read_config(file.path(), config);
  if (!read) {
    require(read.error().find(file.path()) != std::string::npos, "an error names the file");
    return;
  }
  const std::string shown = format_config(config);
  const BytesAsFile shown_file(shown);
  Config again;
  const auto read_again = read_config(shown_file.path(), again);
  require(read_again.has_value(),
          "what is shown is a configuration:\n" + shown + (read_again ? "" : read_again.error()));
  require(format_config(again) == shown, "what is shown says the same:\n" + shown);
  require(!explain_config(config).empty(), "where settings come from is told");
}

}  // namespace giro::fuzz
