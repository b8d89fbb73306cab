#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "api/documents.hpp"
#include "api/tables.hpp"
#include "protocol/rpc.hpp"
#include "session/methods.hpp"

namespace giro::api {
namespace {

constexpr std::size_t kExamplesMax = 3;  // Of a method.

json::array params_of(const MethodText& method) {
  json::array params;
  const json::value* needed = method.params.if_contains("required");
  for (const auto& [name, schema] : method.params.at("properties").as_object()) {
    const bool is_needed =
        needed != nullptr &&
        std::ranges::find(needed->as_array(), json::value(name)) != needed->as_array().end();
    params.push_back({{"name", name}, {"required", is_needed}, {"schema", schema}});
  }
  return params;
}

json::array examples_of(const std::string& method, const PageExamples& examples) {
  json::array pairings;
  for (const PageExample& example : examples.of(method)) {
    if (pairings.size() == kExamplesMax) break;
    json::array params;
    for (const auto& [name, value] : example.params) {
      params.push_back({{"name", name}, {"value", value}});
    }
    pairings.push_back({{"name", fmt::format("{} {}", method, pairings.size() + 1)},
                        {"params", std::move(params)},
                        {"result", {{"name", "result"}, {"value", example.result}}}});
  }
  return pairings;
}

json::array errors_of(const MethodText& method) {
  json::array errors;
  for (const std::string& code : method.errors) {
    errors.push_back(json::object{{"$ref", fmt::format("#/components/errors/{}", code)}});
  }
  return errors;
}

json::array notifications_of(const MethodText& method, const Description& description) {
  json::array all;
  for (const std::string& name : method.notifications) {
    const NotificationText& notification = description.notifications.at(name);
    all.push_back({{"name", name},
                   {"summary", notification.summary},
                   {"params", one_of(notification.params)}});
  }
  return all;
}

json::object document_of(const Method& method, const Description& description,
                         const PageExamples& examples) {
  const std::string name(method.name);
  const MethodText& text = description.methods.at(name);
  json::object document{{"name", name},
                        {"summary", text.summary},
                        {"tags", {{{"name", name.substr(0, name.find('.'))}}}},
                        {"paramStructure", "by-name"},
                        {"params", params_of(text)},
                        {"result", {{"name", "result"}, {"schema", one_of(text.answers)}}},
                        {"errors", errors_of(text)},
                        {"examples", examples_of(name, examples)}};
  if (!text.description.empty()) document["description"] = text.description;
  if (!text.notifications.empty()) {
    document["x-notifications"] = notifications_of(text, description);
  }
  return document;
}

json::object error_of(int number, std::string_view code, const std::string& meaning) {
  return {{"code", number}, {"message", meaning}, {"data", {{"code", code}}}};
}

json::object errors_of(const Description& description) {
  json::object errors;
  for (const ErrorCode code : all_errors()) {
    const std::string name(giro::name(code));
    errors[name] = error_of(protocol::number_of(code), name == "invalid" ? "invalid_*" : name,
                            description.errors.at(name));
  }
  // Of lines, before there is a method.
  errors["not_json"] =
      error_of(protocol::kParseError, "malformed", description.errors.at("malformed"));
  errors["not_a_request"] =
      error_of(protocol::kInvalidRequest, "malformed", description.errors.at("malformed"));
  errors["line_too_large"] =
      error_of(protocol::kInvalidRequest, "too_large", description.errors.at("too_large"));
  return errors;
}

}  // namespace

json::object openrpc_document(const Description& description, const PageExamples& examples) {
  json::array methods;
  for (const Method& method : all_methods()) {
    methods.push_back(document_of(method, description, examples));
  }
  return {
      {"openrpc", "1.3.2"},
      {"info", {{"title", "Giro"}, {"version", GIRO_VERSION}, {"description", description.about}}},
      {"methods", std::move(methods)},
      {"components", {{"schemas", description.schemas}, {"errors", errors_of(description)}}}};
}

}  // namespace giro::api
