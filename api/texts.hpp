// The documents of the API, as constant text that the build makes (giro_describe). Any thread.
#pragma once

#include <string_view>

namespace giro::api {

// The answer to rpc.discover, and to GET /v1/openrpc.json.
[[nodiscard]] std::string_view openrpc_text();
// GET /v1/openapi.json.
[[nodiscard]] std::string_view openapi_text();

}  // namespace giro::api
