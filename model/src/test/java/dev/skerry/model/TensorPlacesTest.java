package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Internal;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of places is what the format's descriptors say. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class TensorPlacesTest {
    @Test
    void agreesWithTheDescriptorsOfTheFormat() {
        Map<Descriptor, TensorPlaces> places = Stream.of(TensorPlaces.values())
                .collect(Collectors.toMap(
                        place -> Internal.getDefaultInstance(place.message()).getDescriptorForType(), place -> place));
        places.forEach((descriptor, place) -> {
            Map<Integer, TensorPlaces> expected = new TreeMap<>();
            for (FieldDescriptor field : descriptor.getFields()) {
                if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                        && places.containsKey(field.getMessageType())) {
                    expected.put(field.getNumber(), places.get(field.getMessageType()));
                }
            }
            assertThat(new TreeMap<>(place.fields())).as(place.name()).isEqualTo(expected);
        });
    }

    @Test
    void listsEveryMessageThatLeadsToATensor() {
        var known = Stream.of(TensorPlaces.values())
                .map(place -> Internal.getDefaultInstance(place.message()).getDescriptorForType())
                .toList();
        for (Descriptor message : known.getFirst().getFile().getMessageTypes()) {
            boolean leads = message.getFields().stream()
                    .anyMatch(field -> field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                            && known.contains(field.getMessageType()));
            assertThat(leads && !known.contains(message)).as(message.getName()).isFalse();
        }
    }
}
