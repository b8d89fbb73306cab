#include <algorithm>
#include <map>
#include <set>
#include <string>

#include <fmt/format.h>

#include "api/documents.hpp"
#include "api/tables.hpp"
#include "protocol/rpc.hpp"
#include "session/http/exchange.hpp"
#include "session/http/routes.hpp"

namespace giro::api {
namespace {

constexpr unsigned kMissing = 404;
constexpr unsigned kRejected = 422;
constexpr unsigned kTryAgain = 503;

std::string lower(std::string_view text) {
  std::string low(text);
  std::ranges::transform(low, low.begin(), [](unsigned char c) { return std::tolower(c); });
  return low;
}

// Of `/v1/holds/{hold}/capture`: hold; empty: it has none.
std::string variable_of(std::string_view path) {
  const std::size_t begin = path.find('{');
  if (begin == std::string_view::npos) return {};
  return std::string(path.substr(begin + 1, path.find('}') - begin - 1));
}

json::object content(std::string_view type, json::value schema) {
  return {{type, {{"schema", std::move(schema)}}}};
}

unsigned status_of(std::string_view error) {
  for (const ErrorCode code : all_errors()) {
    if (name(code) == error) return http::status_of(code);
  }
  throw DescriptionError(fmt::format("there is no error {}", error));
}

class Writer {
 public:
  Writer(const Description& description, const PageExamples& examples)
      : description_(description), examples_(examples) {}

  json::object document() {
    json::object paths;
    for (const http::Route& route : http::all_routes()) {
      json::object& path = paths.emplace(route.path, json::object()).first->value().as_object();
      path[lower(route.verb)] = operation_of(route);
    }
    for (const auto& [name, text] : description_.http.paths) {
      if (!ids_.contains(name)) throw DescriptionError(fmt::format("no route is {}", name));
    }
    // By the Unix socket, or only reading, it takes nothing; else the token.
    const json::array security{json::object(), {{"token", json::array()}}};
    const json::object token{{"type", "http"},
                             {"scheme", "bearer"},
                             {"description", description_.http.headers.at("Authorization")}};
    return {{"openapi", "3.1.0"},
            {"info",
             {{"title", "Giro"},
              {"version", GIRO_VERSION},
              {"summary", "A payments ledger"},
              {"description", description_.about + "\n\n" + description_.http.description}}},
            {"servers",
             {{{"url", "http://giro"}, {"description", "The daemon's Unix socket"}},
              {{"url", "http://127.0.0.1:8480"}, {"description", "By TCP, where it is on"}}}},
            {"security", security},
            {"paths", std::move(paths)},
            {"components",
             {{"schemas", description_.schemas},
              {"responses", problems()},
              {"headers", headers()},
              {"securitySchemes", {{"token", token}}}}}};
  }

 private:
  // --- operations ---

  json::object operation_of(const http::Route& route) {
    const auto method = description_.methods.find(std::string(route.method));
    const bool is_method = method != description_.methods.end();
    json::object operation = is_method ? call(route, method->second) : plain(route);
    operation["operationId"] = id_of(route);
    return operation;
  }

  // The method's name; of a second path to it with what tells them apart.
  std::string id_of(const http::Route& route) {
    std::string id(route.method);
    if (!ids_.insert(id).second) {
      const std::string variable = variable_of(route.path);
      id += variable.empty() ? fmt::format(".{}", route.path.substr(route.path.rfind('/') + 1))
                             : fmt::format(".by_{}", variable);
      if (!ids_.insert(id).second) throw DescriptionError(fmt::format("two paths are {}", id));
    }
    return id;
  }

  json::object call(const http::Route& route, const MethodText& method) const {
    json::array parameters;
    const std::string variable = variable_of(route.path);
    if (!variable.empty()) parameters.push_back(path_parameter(variable, method));
    if (route.keyed) parameters.push_back(header("Idempotency-Key", description_.key));
    if (route.traced) {
      parameters.push_back(header("traceparent", property(method, "traceparent")));
    }
    if (route.method == "events.subscribe") {
      parameters.push_back(header("Last-Event-ID", property(method, "from")));
    }
    if (route.verb == "GET") add_query(method, variable, parameters);
    json::object operation{{"summary", method.summary},
                           {"tags", {route.method.substr(0, route.method.find('.'))}}};
    if (!method.description.empty()) operation["description"] = method.description;
    if (!parameters.empty()) operation["parameters"] = std::move(parameters);
    if (route.verb != "GET") operation["requestBody"] = body_of(route, method, variable);
    operation["responses"] = responses_of(route, method);
    return operation;
  }

  json::object plain(const http::Route& route) const {
    const auto found = description_.http.paths.find(std::string(route.method));
    if (found == description_.http.paths.end()) {
      throw DescriptionError(fmt::format("http.toml doesn't describe {}", route.path));
    }
    const PathText& path = found->second;
    json::object tells;
    for (const std::string& type : path.tells) {
      const bool is_object = type == "application/json";
      tells[type] = {{"schema", {{"type", is_object ? "object" : "string"}}}};
    }
    const Responses responses{
        {"200", {{"description", path.summary}, {"content", std::move(tells)}}}};
    json::object operation{{"summary", path.summary},
                           {"tags", {"http"}},
                           {"responses", with_problems(responses, path.errors)}};
    if (!path.description.empty()) operation["description"] = path.description;
    if (!path.asks.empty()) {
      operation["requestBody"] = {{"required", true},
                                  {"content", content(path.asks, {{"type", "string"}})}};
    }
    return operation;
  }

  // --- what is sent ---

  [[nodiscard]] static json::object property(const MethodText& method, const std::string& name) {
    return method.params.at("properties").at(name).as_object();
  }

  // What was decided before is named by its key alone in a path.
  [[nodiscard]] json::object path_parameter(const std::string& variable,
                                            const MethodText& method) const {
    json::object schema = property(method, variable);
    const json::value* type = schema.if_contains("type");
    if (type != nullptr && type->is_array()) {
      schema = description_.key;
      schema["description"] = description_.http.variable;
    }
    return {{"name", variable}, {"in", "path"}, {"required", true}, {"schema", std::move(schema)}};
  }

  [[nodiscard]] json::object header(const std::string& name, const json::object& like) const {
    json::object schema = like;
    schema.erase("description");
    return {{"name", name},
            {"in", "header"},
            {"description", description_.http.headers.at(name)},
            {"schema", std::move(schema)}};
  }

  // A question that may name one of two things names the path's.
  static void add_query(const MethodText& method, const std::string& variable,
                        json::array& parameters) {
    static const std::set<std::string_view> kNames{"key", "seq"};
    for (const auto& [name, schema] : method.params.at("properties").as_object()) {
      if (name == variable || (kNames.contains(variable) && kNames.contains(name))) continue;
      parameters.push_back({{"name", name}, {"in", "query"}, {"schema", schema}});
    }
  }

  [[nodiscard]] json::object body_of(const http::Route& route, const MethodText& method,
                                     const std::string& variable) const {
    json::object schema = method.params;
    schema["properties"].as_object().stable_erase(variable);
    json::array needed;
    if (const json::value* names = schema.if_contains("required")) {
      for (const json::value& name : names->as_array()) {
        const std::string_view word = name.as_string();
        const bool comes_otherwise = word == variable || (route.keyed && word == "key");
        if (!comes_otherwise) needed.push_back(name);
      }
    }
    const bool is_needed = !needed.empty() || schema.contains("oneOf") || schema.contains("anyOf");
    schema.erase("required");
    if (!needed.empty()) schema["required"] = std::move(needed);
    json::object body = content("application/json", std::move(schema));
    if (const auto& examples = examples_.of(route.method); !examples.empty()) {
      json::object example = examples.front().params;
      example.stable_erase(variable);
      body["application/json"].as_object()["example"] = std::move(example);
    }
    return {{"required", is_needed}, {"content", std::move(body)}};
  }

  // --- what is answered ---

  // By their status.
  using Responses = std::map<std::string, json::object>;

  [[nodiscard]] json::object responses_of(const http::Route& route,
                                          const MethodText& method) const {
    Names told;
    Responses responses;
    for (const std::string& answer : method.answers) {
      const bool may_be_rejected = answer == "Rejected" || answer == "GroupDecided";
      if (may_be_rejected) {
        responses[std::to_string(kRejected)] = reference_to_problem(kRejected);
      }
      if (answer == "Rejected") continue;
      if (answer == "Unknown") {
        responses[std::to_string(kMissing)] = {
            {"description", description_of(answer)},
            {"content", content("application/json", reference_to(answer))}};
      } else {
        told.push_back(answer);
      }
    }
    responses["200"] = route.method == "events.subscribe" ? feed() : success(route, told);
    return with_problems(std::move(responses), method.errors);
  }

  [[nodiscard]] json::object success(const http::Route& route, const Names& told) const {
    json::object body = content("application/json", one_of(told));
    add_example(route, body["application/json"].as_object());
    return {{"description", description_of(told.front())}, {"content", std::move(body)}};
  }

  [[nodiscard]] json::object feed() const {
    json::object body = content("text/event-stream", {{"type", "string"}});
    body["text/event-stream"].as_object()["x-events"] = {{"subscribed", reference_to("Subscribed")},
                                                         {"entry", reference_to("Entry")}};
    return {{"description", description_.http.events}, {"content", std::move(body)}};
  }

  [[nodiscard]] std::string description_of(const std::string& object) const {
    const json::value* text =
        description_.schemas.at(object).as_object().if_contains("description");
    return text == nullptr ? object : json::value_to<std::string>(*text);
  }

  void add_example(const http::Route& route, json::object& media) const {
    for (const PageExample& example : examples_.of(route.method)) {
      const json::value* status =
          example.result.is_object() ? example.result.as_object().if_contains("status") : nullptr;
      if (status != nullptr && (*status == "rejected" || *status == "unknown")) continue;
      media["example"] = example.result;
      return;
    }
  }

  static json::object reference_to_problem(unsigned status) {
    return {{"$ref", fmt::format("#/components/responses/Problem{}", status)}};
  }

  static json::object with_problems(Responses responses, const Names& errors) {
    for (const std::string& error : errors) {
      const unsigned status = status_of(error);
      responses.emplace(std::to_string(status), reference_to_problem(status));
    }
    return {responses.begin(), responses.end()};
  }

  [[nodiscard]] json::object problems() const {
    json::object responses;
    for (const auto& [status, meaning] : description_.http.statuses) {
      std::string codes;
      for (const auto& [code, text] : description_.errors) {
        if (status_of(code) != status || code == "unknown_method") continue;
        codes.append(codes.empty() ? " (" : ", ").append(code == "invalid" ? "invalid_*" : code);
      }
      if (!codes.empty()) codes.push_back(')');
      json::object response{
          {"description", meaning + codes},
          {"content", content("application/problem+json", reference_to("ProblemDocument"))}};
      if (status == kTryAgain) {
        response["headers"] = {{"Retry-After", {{"$ref", "#/components/headers/Retry-After"}}}};
      }
      responses[fmt::format("Problem{}", status)] = std::move(response);
    }
    return responses;
  }

  [[nodiscard]] json::object headers() const {
    return {{"Retry-After",
             {{"description", description_.http.headers.at("Retry-After")},
              {"schema", {{"type", "integer"}}}}}};
  }

  const Description& description_;
  const PageExamples& examples_;
  std::set<std::string> ids_;
};

}  // namespace

json::object openapi_document(const Description& description, const PageExamples& examples) {
  return Writer(description, examples).document();
}

}  // namespace giro::api
