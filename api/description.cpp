#include "api/description.hpp"

#include <cctype>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "api/tables.hpp"
#include "ledger/codes.hpp"
#include "session/methods.hpp"

namespace giro::api {
namespace {

class Reader {
 public:
  explicit Reader(const std::filesystem::path& folder) {
    for (const char* file : {"fields", "objects", "entries", "methods", "http"}) {
      const auto path = folder / fmt::format("{}.toml", file);
      try {
        files_[file] = toml::parse_file(path.string());
      } catch (const toml::parse_error& error) {
        std::ostringstream text;
        text << error;
        throw DescriptionError(fmt::format("{}: {}", path.string(), text.str()));
      }
    }
    for (const char* file : {"objects", "entries", "methods"}) {
      for (const auto& [name, words] : table(file, "groups")) {
        groups_[std::string(name.str())] = words.value_or<std::string>("");
      }
    }
  }

  Description read() {
    Description description;
    description.about = text(table("methods", "api"), "description");
    for (const auto& [code, meaning] : table("methods", "errors")) {
      description.errors[std::string(code.str())] = meaning.value_or<std::string>("");
    }
    schemas_["RejectionCode"] = schema_of_rejections();
    schemas_["ErrorCode"] = schema_of_errors(description.errors);
    read_objects("objects");
    read_objects("entries");
    read_methods(description);
    read_notifications(description);
    read_http(description.http);
    description.key = schema_of_field("key");
    refuse_what_is_unused(description);
    description.schemas = std::move(schemas_);
    return description;
  }

 private:
  [[nodiscard]] const toml::table& table(const std::string& file, std::string_view name) const {
    static const toml::table kNone;
    const auto* found = files_.at(file)[name].as_table();
    return found == nullptr ? kNone : *found;
  }

  [[nodiscard]] static std::string text(const toml::table& of, std::string_view name) {
    return of[name].value_or<std::string>("");
  }

  // The words of a list, groups opened.
  [[nodiscard]] Names words(const std::string& list) const {
    Names all;
    std::istringstream in(list);
    for (std::string word; in >> word;) {
      if (!word.starts_with('@')) {
        all.push_back(word);
        continue;
      }
      const auto group = groups_.find(word.substr(1));
      if (group == groups_.end()) throw DescriptionError(fmt::format("there is no group {}", word));
      const Names opened = words(group->second);
      all.insert(all.end(), opened.begin(), opened.end());
    }
    return all;
  }
  [[nodiscard]] Names words(const toml::table& of, std::string_view name) const {
    return words(text(of, name));
  }

  // --- schemas ---

  json::value schema_of(const toml::node& node) {
    if (const auto* members = node.as_table()) return schema_of(*members);
    if (const auto* array = node.as_array()) {
      json::array all;
      for (const toml::node& element : *array) all.push_back(schema_of(element));
      return all;
    }
    if (const auto number = node.value_exact<std::int64_t>()) return *number;
    if (const auto flag = node.value_exact<bool>()) return *flag;
    json::value text(node.value_or<std::string>(""));
    return text;
  }

  // Also of a table of objects.toml, but for the lists, which object_of() reads.
  json::object schema_of(const toml::table& members) {
    static const std::set<std::string_view> kLists{"needed", "optional", "values", "one_of"};
    json::object schema;
    if (const auto type = members["is"].value<std::string>()) {
      const auto* found = files_.at("fields")["types"][*type].as_table();
      if (found == nullptr) throw DescriptionError(fmt::format("there is no type {}", *type));
      types_used_.insert(*type);
      schema = schema_of(*found);
    }
    for (const auto& [name, node] : members) {
      if (name == "is" || kLists.contains(name.str())) continue;
      const auto word = node.value_exact<std::string>();
      if (name == "$ref" && word) {
        schema["$ref"] = reference_to(*word).at("$ref");
        objects_used_.insert(*word);
      } else if (name == "enum" && word) {
        schema["enum"] = names_of_table(*word);
      } else {
        schema[name.str()] = schema_of(node);
      }
    }
    return schema;
  }

  json::object schema_of_field(const std::string& name) {
    const auto* field = files_.at("fields")["fields"][name].as_table();
    if (field == nullptr) throw DescriptionError(fmt::format("there is no field {}", name));
    fields_used_.insert(name);
    return schema_of(*field);
  }

  // Of values that a field has in one object.
  json::object schema_of_values(const toml::node& values) {
    if (values.is_array()) return {{"type", "string"}, {"enum", schema_of(values)}};
    return {{"type", "string"}, {"const", schema_of(values)}};
  }

  json::object object_of(const std::string& name, const toml::table& members) {
    json::object schema = schema_of(members);
    if (members.contains("one_of")) {
      const Names names = words(members, "one_of");
      objects_used_.insert(names.begin(), names.end());
      schema["oneOf"] = one_of(names).at("oneOf");
      return schema;
    }
    if (schema.contains("type")) return schema;
    const auto* values = members["values"].as_table();
    json::object properties;
    json::array needed;
    const auto add = [&](const std::string& word) {
      const std::string property = word.substr(0, word.find(':'));
      if (properties.contains(property)) {
        throw DescriptionError(fmt::format("{} has {} twice", name, property));
      }
      const auto* value = values == nullptr ? nullptr : values->get(property);
      properties[property] = value == nullptr ? schema_of_field(word.substr(word.find(':') + 1))
                                              : schema_of_values(*value);
    };
    for (const std::string& word : words(members, "needed")) {
      add(word);
      needed.emplace_back(word.substr(0, word.find(':')));
    }
    for (const std::string& word : words(members, "optional")) add(word);
    for (const auto& [property, value] : values == nullptr ? toml::table() : *values) {
      if (!properties.contains(property.str())) {
        throw DescriptionError(
            fmt::format("{} has a value for {}, but no such field", name, property.str()));
      }
    }
    schema["type"] = "object";
    if (!needed.empty()) schema["required"] = std::move(needed);
    schema["properties"] = std::move(properties);
    schema["additionalProperties"] = false;
    return schema;
  }

  void read_objects(const std::string& file) {
    for (const auto& [name, node] : table(file, "objects")) {
      const std::string object(name.str());
      schemas_[object] = object_of(object, *node.as_table());
    }
  }

  // --- methods ---

  void read_methods(Description& description) {
    json::array members;
    for (const Method& method : all_methods()) {
      const std::string name(method.name);
      const auto* found = files_.at("methods")["methods"][name].as_table();
      if (found == nullptr) {
        throw DescriptionError(fmt::format("methods.toml doesn't describe {}", name));
      }
      MethodText& text_of = description.methods[name];
      text_of = method_of(name, *found);
      schemas_[name_of_params(name)] = text_of.params;
      if (method.command == nullptr) continue;
      members.push_back({{"type", "object"},
                         {"properties",
                          {{"method", {{"type", "string"}, {"const", name}}},
                           {"params", reference_to(name_of_params(name))}}},
                         {"required", {"method", "params"}},
                         {"additionalProperties", false}});
    }
    if (table("methods", "methods").size() != all_methods().size()) {
      throw DescriptionError("methods.toml describes a method that there isn't");
    }
    schemas_["Member"] = {{"description", "A request of a method that changes the ledger"},
                          {"oneOf", std::move(members)}};
  }

  MethodText method_of(const std::string& name, const toml::table& members) {
    toml::table lists;
    for (const char* list : {"needed", "optional"}) lists.insert(list, text(members, list));
    json::object params = object_of(name, lists);
    if (const auto* rules = members["rules"].as_table()) {
      for (auto& [keyword, rule] : schema_of(*rules)) params[keyword] = rule;
    }
    MethodText method{.summary = text(members, "summary"),
                      .description = text(members, "description"),
                      .params = std::move(params),
                      .answers = words(members, "answers"),
                      .errors = words(members, "errors"),
                      .notifications = words(members, "notifications")};
    objects_used_.insert(method.answers.begin(), method.answers.end());
    errors_used_.insert(method.errors.begin(), method.errors.end());
    notifications_used_.insert(method.notifications.begin(), method.notifications.end());
    if (method.summary.empty() || method.answers.empty()) {
      throw DescriptionError(fmt::format("{} has no summary, or no answers", name));
    }
    return method;
  }

  void read_notifications(Description& description) {
    for (const auto& [name, node] : table("methods", "notifications")) {
      const toml::table& members = *node.as_table();
      const Names params = words(members, "params");
      objects_used_.insert(params.begin(), params.end());
      description.notifications[std::string(name.str())] = {.summary = text(members, "summary"),
                                                            .params = params};
    }
  }

  void read_http(HttpText& http) {
    http.description = text(table("http", "api"), "description");
    http.variable = text(table("http", "api"), "variable");
    http.events = text(table("http", "events"), "description");
    for (const auto& [name, node] : table("http", "headers")) {
      http.headers[std::string(name.str())] = node.value_or<std::string>("");
    }
    for (const auto& [status, node] : table("http", "statuses")) {
      http.statuses[static_cast<unsigned>(std::stoul(std::string(status.str())))] =
          node.value_or<std::string>("");
    }
    for (const auto& [name, node] : table("http", "paths")) {
      const toml::table& members = *node.as_table();
      PathText path{.summary = text(members, "summary"),
                    .description = text(members, "description"),
                    .asks = text(members, "asks"),
                    .tells = words(members, "tells"),
                    .errors = words(members, "errors")};
      http.paths[std::string(name.str())] = std::move(path);
    }
    objects_used_.insert("ProblemDocument");
  }

  // --- what nothing leads to, and what leads to nothing ---

  void refuse_what_is_unused(const Description& description) {
    // With a JSON-RPC error of any kind, and of no method.
    objects_used_.insert({"ErrorData"});
    errors_used_.insert("unknown_method");
    for (const std::string& object : objects_used_) {
      if (!schemas_.contains(object)) {
        throw DescriptionError(fmt::format("there is no object {}", object));
      }
    }
    for (const auto& [name, schema] : schemas_) {
      if (!objects_used_.contains(std::string(name)) && !name.ends_with("Params")) {
        throw DescriptionError(fmt::format("nothing has the object {}", std::string_view(name)));
      }
    }
    refuse_differences("types", types_used_, table("fields", "types"));
    refuse_differences("fields", fields_used_, table("fields", "fields"));
    refuse_differences("errors", errors_used_, table("methods", "errors"));
    refuse_differences("notifications", notifications_used_, table("methods", "notifications"));
    for (const ErrorCode code : all_errors()) {
      if (!description.errors.contains(std::string(name(code)))) {
        throw DescriptionError(
            fmt::format("methods.toml doesn't describe the error {}", name(code)));
      }
    }
  }

  static void refuse_differences(std::string_view what, const std::set<std::string>& used,
                                 const toml::table& described) {
    for (const std::string& name : used) {
      if (!described.contains(name)) {
        throw DescriptionError(fmt::format("{}: {} isn't described", what, name));
      }
    }
    for (const auto& [name, node] : described) {
      if (!used.contains(std::string(name.str()))) {
        throw DescriptionError(fmt::format("{}: nothing has {}", what, name.str()));
      }
    }
  }

  std::map<std::string, toml::table> files_;
  std::map<std::string, std::string> groups_;
  json::object schemas_;
  std::set<std::string> types_used_;
  std::set<std::string> fields_used_;
  std::set<std::string> objects_used_;
  std::set<std::string> errors_used_;
  std::set<std::string> notifications_used_;
};

}  // namespace

Description read_description(const std::filesystem::path& folder) {
  return Reader(folder).read();
}

std::string name_of_params(std::string_view method) {
  std::string name;
  bool begins = true;
  for (const char c : method) {
    if (c == '.' || c == '_') {
      begins = true;
    } else {
      name.push_back(begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c);
      begins = false;
    }
  }
  return name + "Params";
}

json::object reference_to(std::string_view object) {
  return {{"$ref", fmt::format("#/components/schemas/{}", object)}};
}

json::object one_of(const Names& objects) {
  if (objects.size() == 1) return reference_to(objects.front());
  json::array all;
  for (const std::string& object : objects) all.push_back(reference_to(object));
  return {{"oneOf", std::move(all)}};
}

}  // namespace giro::api
