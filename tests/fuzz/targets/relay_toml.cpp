// The relay's settings: what is taken lacks nothing that keeps a receiver safe.
#include "relay/config.hpp"
#include "tests/fuzz/targets/bytes_as_file.hpp"
#include "tests/fuzz/targets/promise.hpp"
#include "tests/fuzz/targets/targets.hpp"

namespace giro::fuzz {

void fuzz_relay_toml(std::string_view bytes) {
  const BytesAsFile file(bytes);
  const auto config = relay::read_relay_config(file.path());
  if (!config) {
    require(config.error().find(file.path()) != std::string::npos, "an error names the file");
    return;
  }
  require(!config->endpoints.empty() && !config->state.empty(), "nothing is missing");
  for (const relay::EndpointConfig& endpoint : config->endpoints) {
    require(!endpoint.name.empty() && !endpoint.secrets.empty(), "what is posted is signed");
    require(endpoint.url.tls || !endpoint.networks.empty(), "without TLS a network is named");
  }
}

}  // namespace giro::fuzz
