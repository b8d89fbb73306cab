// From a path to a method of the protocol: one table. A path's variable and its query become params, a body is
// the params of a method that changes the ledger. Pure functions: any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "session/http/page.hpp"
#include "session/http/request_reader.hpp"

namespace giro::http {

struct Route {
  std::string_view verb;
  std::string_view path;    // `{name}`: one segment, which becomes the param of this name.
  std::string_view method;  // Of the protocol.
  bool keyed = false;       // Idempotency-Key is the request's `key`.
  bool traced = false;      // The header traceparent is a param.
};
[[nodiscard]] std::span<const Route> all_routes();

// A method of docs/PROTOCOL.md with its params, JSON text.
struct Call {
  std::string_view method;
  std::string params;
};
// POST /v1/rpc: the body is lines of JSON-RPC.
struct Lines {};
// GET /v1/events: the params of events.subscribe.
struct Events {
  std::string params;
};
// GET /livez.
struct Liveness {};
// GET /readyz.
struct Readiness {};
// GET /metrics.
struct Metrics {};
// GET /v1/openapi.json.
struct OpenApi {};
// GET / and GET /page/...: for people.
struct StaticFile {
  const PageFile* file;
};
struct NoRoute {
  std::string allowed;  // Methods of this path, "GET, POST"; empty: there is no such path.
};
// What a path or query can't mean, for a person.
struct BadTarget {
  std::string message;
};

using Routed = std::variant<Call, Lines, Events, Liveness, Readiness, Metrics, OpenApi, StaticFile,
                            NoRoute, BadTarget>;

[[nodiscard]] Routed route(const Request& request);

}  // namespace giro::http
