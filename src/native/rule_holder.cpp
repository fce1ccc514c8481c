// The settings of the rule of numeric variants, and the rule as Python asks it.
#include "bindings.hpp"
#include "constants.hpp"
#include "numeric_variants.hpp"

namespace dedup {
namespace {
VariantSettings settings_from(const nb::object& given) {
    const auto number = [&](const char* name) { return constant<i64>(given, name); };
    const auto size = [&](const char* name) {
        const auto value = constant<std::size_t>(given, name);
        if (value == 0) throw nb::value_error((std::string(name) + ": not 1 at least").c_str());
        return value;
    };
    const auto spaced = constants_of<i64>(given, "spaced_thirds");
    if (spaced.size() != 2) throw nb::value_error("spaced_thirds: not two numbers");
    VariantSettings r{};
    r.keeps = constant<bool>(given, "keeps");
    r.least = number("least");
    r.scattered = constant<double>(given, "scattered");
    r.few_changed = number("few_changed");
    r.most_figures = number("most_figures");
    r.place_thirds = number("thirds") * number("place_words");
    r.half_place = number("half_place");
    r.fewer_places = number("fewer_places");
    r.more_changed = number("more_changed");
    r.longer_per_cent = number("longer_per_cent");
    r.brief_thirds = number("thirds") * number("brief_words");
    r.other_places = number("other_places");
    r.word_places = number("word_places");
    r.wrong_letters = number("wrong_letters");
    r.place_most_thirds = number("thirds") * number("place_most_words");
    r.skeleton = number("skeleton");
    r.noisy_thirds = number("thirds") * number("noisy_words");
    r.spaced_thirds = spaced[0];
    r.spaced_count = spaced[1];
    r.times_as_long = number("times_as_long");
    r.stretch = number("stretch");
    r.ngram = size("ngram");
    r.ngram_unspaced = size("ngram_unspaced");
    r.whole = constant<double>(given, "whole");
    return r;
}

// The rule for held texts, as Python asks it.
class TextsRule {
   public:
    TextsRule(const RuleHolder& holder, const TextsHolder& texts)
        : texts_(texts), rule_(make_pair_rule(holder, texts.texts())) {}
    bool spares(i64 row, i64 witness, double similarity) {
        check(row), check(witness);
        return rule_->spares(row, witness, similarity);
    }
    bool is_numeric_variant(i64 row, i64 witness, double similarity, bool any_figure) {
        check(row), check(witness);
        return rule_->is_numeric_variant(row, witness, similarity, any_figure);
    }

   private:
    void check(i64 row) const {
        if (row < 0 || row >= texts_.rows()) throw nb::index_error("row: beyond the texts");
    }

    const TextsHolder& texts_;
    std::unique_ptr<PairRule> rule_;
};
}  // namespace

RuleHolder::RuleHolder(const nb::object& settings)
    : settings_(settings_from(settings)),
      held_{settings.attr("signs"), settings.attr("names")},
      signs_(nb::cast<const NumberSigns&>(held_[0])),
      names_(nb::cast<const Names&>(held_[1])) {}

void bind_numeric_variants(nb::module_& m) {
    nb::class_<RuleHolder>(m, "PairRule").def(nb::init<nb::object>(), nb::arg("settings"));
    nb::class_<TextsRule>(m, "TextsRule")
        .def(nb::init<const RuleHolder&, const TextsHolder&>(), nb::arg("rule"), nb::arg("texts"),
             nb::keep_alive<1, 2>(), nb::keep_alive<1, 3>())
        .def("spares", &TextsRule::spares, nb::arg("row"), nb::arg("witness"), nb::arg("similarity"))
        .def("is_numeric_variant", &TextsRule::is_numeric_variant, nb::arg("row"), nb::arg("witness"),
             nb::arg("similarity"), nb::arg("any_figure"));
}
}  // namespace dedup
