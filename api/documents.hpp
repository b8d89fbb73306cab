// The two documents of the API, from its description and what the daemon's tables say: methods, routes, codes. Part of
// giro_describe, at build time alone: the daemon has them as constant text (api/texts.hpp).
#pragma once

#include <boost/json.hpp>

#include "api/description.hpp"
#include "api/page_examples.hpp"

namespace giro::api {

// Errors: DescriptionError.
[[nodiscard]] json::object openrpc_document(const Description& description,
                                            const PageExamples& examples);
[[nodiscard]] json::object openapi_document(const Description& description,
                                            const PageExamples& examples);

}  // namespace giro::api
