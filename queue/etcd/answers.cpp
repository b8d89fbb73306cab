// Answers from bytes, within hard limits. The numbers of fields are those of etcd's rpc.proto and kv.proto.
#include <array>
#include <limits>

#include "queue/etcd/messages.hpp"
#include "queue/etcd/protobuf.hpp"

namespace giro::etcd {
namespace {

struct Header {
  MemberId cluster = 0;
  MemberId member = 0;
  Revision revision = 0;
};

// `in` is at a field that holds a message, which `read` reads field by field.
template <class Read>
void read_message(ProtoReader& in, const Read& read) {
  ProtoReader inner = in.message();
  while (inner.next()) read(inner);
  in.require(inner.ok());
}

// What can't be appended any more ends the reader.
template <class Value>
Value* one_more(ProtoReader& in, std::vector<Value>& values, std::size_t count_max) {
  if (values.size() == count_max) {
    in.fail();
    return nullptr;
  }
  return &values.emplace_back();
}

Header read_header(ProtoReader& in) {
  Header header;
  read_message(in, [&header](ProtoReader& field) {
    switch (field.field()) {
      case 1:
        header.cluster = field.id();
        break;
      case 2:
        header.member = field.id();
        break;
      case 3:
        header.revision = field.number();
        break;
      default:
        break;
    }
  });
  return header;
}

void read_key_value(ProtoReader& in, KeyValue& value) {
  read_message(in, [&value](ProtoReader& field) {
    switch (field.field()) {
      case 1:
        value.key = field.bytes(kKeyBytesMax);
        break;
      case 2:
        value.created = field.number();
        break;
      case 3:
        value.modified = field.number();
        break;
      case 4:
        value.version = field.number();
        break;
      case 5:
        value.value = field.bytes(kValueBytesMax);
        break;
      default:
        break;
    }
  });
}

void read_text(ProtoReader& in, std::vector<std::string>& texts) {
  if (std::string* text = one_more(in, texts, kMembersMax)) *text = in.bytes(kTextBytesMax);
}

// --- one field of each answer; `key_values` is how many more there may be of them ---

void read_field(ProtoReader& in, RangeAnswer& answer, std::size_t& key_values) {
  switch (in.field()) {
    case 1:
      answer.revision = read_header(in).revision;
      break;
    case 2:
      if (key_values == 0) return in.fail();
      --key_values;
      read_key_value(in, answer.key_values.emplace_back());
      break;
    case 3:
      answer.more = in.flag();
      break;
    case 4:
      answer.count = in.number();
      break;
    default:
      break;
  }
}

void read_field(ProtoReader& in, PutAnswer& answer, std::size_t& /*key_values*/) {
  if (in.field() == 1) answer.revision = read_header(in).revision;
}

void read_field(ProtoReader& in, DeleteRangeAnswer& answer, std::size_t& /*key_values*/) {
  if (in.field() == 1) answer.revision = read_header(in).revision;
  if (in.field() == 2) answer.deleted = in.number();
}

template <class Part>
void read_part(ProtoReader& in, std::optional<OperationAnswer>& result, std::size_t& key_values) {
  Part part;
  read_message(in, [&](ProtoReader& field) { read_field(field, part, key_values); });
  result = std::move(part);
}

void read_operation_answer(ProtoReader& in, std::vector<OperationAnswer>& results,
                           std::size_t& key_values) {
  std::optional<OperationAnswer> result;
  read_message(in, [&](ProtoReader& field) {
    switch (field.field()) {
      case 1:
        return read_part<RangeAnswer>(field, result, key_values);
      case 2:
        return read_part<PutAnswer>(field, result, key_values);
      case 3:
        return read_part<DeleteRangeAnswer>(field, result, key_values);
      default:  // A transaction within, which nobody asked for.
        return field.fail();
    }
  });
  if (!result || results.size() == kResultsMax) return in.fail();
  results.push_back(*std::move(result));
}

void read_field(ProtoReader& in, TxnAnswer& answer, std::size_t& key_values) {
  switch (in.field()) {
    case 1:
      answer.revision = read_header(in).revision;
      break;
    case 2:
      answer.succeeded = in.flag();
      break;
    case 3:
      read_operation_answer(in, answer.results, key_values);
      break;
    default:
      break;
  }
}

void read_field(ProtoReader& in, CompactAnswer& answer, std::size_t& /*key_values*/) {
  if (in.field() == 1) answer.revision = read_header(in).revision;
}

void read_field(ProtoReader& in, StatusAnswer& answer, std::size_t& /*key_values*/) {
  switch (in.field()) {
    case 1: {
      const Header header = read_header(in);
      answer.cluster = header.cluster;
      answer.member = header.member;
      answer.revision = header.revision;
      break;
    }
    case 2:
      answer.version = in.bytes(kTextBytesMax);
      break;
    case 3:
      answer.database_bytes = in.number();
      break;
    case 4:
      answer.leader = in.id();
      break;
    case 5:
      answer.raft_index = in.id();
      break;
    case 6:
      answer.raft_term = in.id();
      break;
    case 7:
      answer.raft_applied_index = in.id();
      break;
    case 8:
      read_text(in, answer.errors);
      break;
    case 9:
      answer.database_bytes_in_use = in.number();
      break;
    case 10:
      answer.is_learner = in.flag();
      break;
    case 12:
      answer.quota_bytes = in.number();
      break;
    default:
      break;
  }
}

void read_field(ProtoReader& in, AlarmAnswer& answer, std::size_t& /*key_values*/) {
  if (in.field() != 2) return;
  Alarm* alarm = one_more(in, answer.alarms, kMembersMax);
  if (alarm == nullptr) return;
  read_message(in, [alarm](ProtoReader& field) {
    if (field.field() == 1) alarm->member = field.id();
    if (field.field() != 2) return;
    const std::uint64_t type = field.id();
    if (type > std::numeric_limits<std::uint8_t>::max()) return field.fail();
    alarm->type = static_cast<AlarmType>(type);
  });
}

void read_field(ProtoReader& /*in*/, DefragmentAnswer& /*answer*/, std::size_t& /*key_values*/) {}

void read_field(ProtoReader& in, MemberListAnswer& answer, std::size_t& /*key_values*/) {
  if (in.field() != 2) return;
  Member* member = one_more(in, answer.members, kMembersMax);
  if (member == nullptr) return;
  read_message(in, [member](ProtoReader& field) {
    switch (field.field()) {
      case 1:
        member->id = field.id();
        break;
      case 2:
        member->name = field.bytes(kTextBytesMax);
        break;
      case 3:
        read_text(field, member->peer_urls);
        break;
      case 4:
        read_text(field, member->client_urls);
        break;
      case 5:
        member->is_learner = field.flag();
        break;
      default:
        break;
    }
  });
}

template <class One>
std::optional<Answer> read_one(std::string_view bytes) {
  One answer;
  std::size_t key_values = kKeyValuesMax;
  ProtoReader in(bytes);
  while (in.next()) read_field(in, answer, key_values);
  if (!in.ok()) return std::nullopt;
  return answer;
}

}  // namespace

std::optional<Answer> read_answer(std::size_t index, std::string_view bytes) {
  return [&]<std::size_t... kIndexes>(std::index_sequence<kIndexes...>) {
    constexpr std::array kReaders{&read_one<std::variant_alternative_t<kIndexes, Answer>>...};
    return kReaders.at(index)(bytes);
  }(std::make_index_sequence<std::variant_size_v<Answer>>());
}

std::optional<WatchAnswer> read_watch_answer(std::string_view bytes) {
  WatchAnswer answer;
  ProtoReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        answer.revision = read_header(in).revision;
        break;
      case 3:
        answer.created = in.flag();
        break;
      case 4:
        answer.cancelled = in.flag();
        break;
      case 5:
        answer.compacted = in.number();
        break;
      case 6:
        answer.reason = in.bytes(kTextBytesMax);
        break;
      case 11:
        ++answer.events;
        break;
      default:
        break;
    }
  }
  if (!in.ok()) return std::nullopt;
  return answer;
}

}  // namespace giro::etcd
