import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.security.interfaces.DSAPublicKey;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import net.java.otr4j.api.OtrException;
import net.java.otr4j.api.OtrPolicy;
import net.java.otr4j.api.Session;
import net.java.otr4j.api.TLV;
import net.java.otr4j.crypto.DSAKeyPair;
import net.java.otr4j.crypto.OtrCryptoEngine4;
import net.java.otr4j.crypto.ed448.EdDSAKeyPair;

/** The peer protocol over otr4j: one JSON request a line in, one JSON response a line out. */
public final class Peer {
    static final SecureRandom RANDOM = new SecureRandom();

    /** What a command answers instead of `ok`. */
    static final class Failure extends Exception {
        private static final long serialVersionUID = 1;
        final String code;

        Failure(final String code, final String message) {
            super(message);
            this.code = code;
        }

        static Failure unsupported(final String what) {
            return new Failure("UNSUPPORTED", what);
        }
    }

    String account;
    OtrPolicy policy = new OtrPolicy(OtrPolicy.ALLOW_V4);
    int maxLength = Integer.MAX_VALUE;
    DSAKeyPair dsa;
    EdDSAKeyPair identity;
    EdDSAKeyPair forging;
    byte[] profile = new byte[0];
    JsonArray out = new JsonArray();
    private final Map<String, Talk> talks = new LinkedHashMap<>();

    void event(final String type, final Object... fields) {
        final JsonObject event = new JsonObject();
        event.addProperty("type", type);
        put(event, fields);
        this.out.add(event);
    }

    static void put(final JsonObject into, final Object... fields) {
        for (int i = 0; i < fields.length; i += 2) {
            final String name = (String) fields[i];
            final Object value = fields[i + 1];
            if (value instanceof JsonElement) {
                into.add(name, (JsonElement) value);
            } else if (value instanceof Boolean) {
                into.addProperty(name, (Boolean) value);
            } else if (value instanceof Number) {
                into.addProperty(name, (Number) value);
            } else if (value != null) {
                into.addProperty(name, value.toString());
            }
        }
    }

    static String hex(final byte[] bytes) {
        final StringBuilder text = new StringBuilder();
        for (final byte b : bytes) {
            text.append(String.format("%02x", b));
        }
        return text.toString();
    }

    /** SHA-1 of the public key's four numbers as MPIs: otr4j keeps its own function for itself. */
    static String fingerprint(final DSAPublicKey key) throws Failure {
        try {
            final MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            for (final BigInteger number : new BigInteger[] {key.getParams().getP(), key.getParams().getQ(), key.getParams().getG(), key.getY()}) {
                final int length = (number.bitLength() + 7) / 8;
                final byte[] bytes = number.toByteArray();
                sha1.update(ByteBuffer.allocate(4).putInt(length).array());
                sha1.update(bytes, bytes.length - length, length);
            }
            return hex(sha1.digest());
        } catch (final NoSuchAlgorithmException e) {
            throw new Failure("OTR_STATE", e.getMessage());
        }
    }

    private Talk talk(final String with) {
        return this.talks.computeIfAbsent(with, (name) -> new Talk(this, name));
    }

    private static String text(final JsonObject request, final String name, final String otherwise) throws Failure {
        final JsonElement value = request.get(name);
        if (value == null) {
            return otherwise;
        }
        if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isString()) {
            throw new Failure("OTR_REQUEST", name + " is no text");
        }
        return value.getAsString();
    }

    /** What each command cannot do without. */
    private static final Map<String, String[]> NEEDED = Map.of("account", new String[] {"account"}, "start", new String[] {"to"},
            "receive", new String[] {"from", "message"}, "send", new String[] {"to", "text"}, "smp-start", new String[] {"to", "secret"},
            "smp-answer", new String[] {"to", "secret"}, "smp-abort", new String[] {"to"}, "end", new String[] {"to"}, "status", new String[] {"of"});

    private JsonObject open(final JsonObject request) throws Failure {
        if (this.account != null) {
            throw new Failure("OTR_STATE", "there is an account already");
        }
        for (final String name : new String[] {"dsa", "ed448", "tag"}) {
            if (request.has(name)) {
                throw Failure.unsupported(name);
            }
        }
        final String versions = text(request, "versions", "34");
        this.policy.setAllowV3(versions.contains("3"));
        this.policy.setAllowV4(versions.contains("4"));
        this.dsa = DSAKeyPair.generateDSAKeyPair(RANDOM);
        this.identity = EdDSAKeyPair.generate(RANDOM);
        this.forging = EdDSAKeyPair.generate(RANDOM);
        this.account = text(request, "account", "");
        final JsonObject result = new JsonObject();
        put(result, "fingerprint3", fingerprint(this.dsa.getPublic()), "fingerprint4",
                hex(OtrCryptoEngine4.fingerprint(this.identity.getPublicKey(), this.forging.getPublicKey())));
        return result;
    }

    private void setPolicy(final JsonObject request) throws Failure {
        for (final Map.Entry<String, JsonElement> entry : request.entrySet()) {
            final JsonElement value = entry.getValue();
            switch (entry.getKey()) {
            case "id":
            case "cmd":
                break;
            case "requireEncryption":
                this.policy.setRequireEncryption(value.getAsBoolean());
                break;
            case "sendWhitespaceTag":
                this.policy.setSendWhitespaceTag(value.getAsBoolean());
                break;
            case "whitespaceStartsAke":
                this.policy.setWhitespaceStartAKE(value.getAsBoolean());
                break;
            case "errorStartsAke":
                this.policy.setErrorStartAKE(value.getAsBoolean());
                break;
            case "allowV3":
                this.policy.setAllowV3(value.getAsBoolean());
                break;
            case "allowV4":
                this.policy.setAllowV4(value.getAsBoolean());
                break;
            case "maxMessageLength":
                this.maxLength = value.getAsInt() == 0 ? Integer.MAX_VALUE : value.getAsInt();
                break;
            default:
                throw Failure.unsupported(entry.getKey());
            }
        }
    }

    private JsonObject run(final JsonObject request) throws Failure, OtrException {
        final String cmd = text(request, "cmd", "");
        if (this.account == null && !java.util.Set.of("hello", "account", "bye", "reset").contains(cmd)) {
            throw new Failure("OTR_STATE", "no account");
        }
        for (final String name : NEEDED.getOrDefault(cmd, new String[0])) {
            if (text(request, name, null) == null) {
                throw new Failure("OTR_REQUEST", "needs " + name);
            }
        }
        final JsonObject result = new JsonObject();
        final String to = text(request, "to", "");
        switch (cmd) {
        case "hello":
            final JsonArray features = new JsonArray();
            for (final String name : new String[] {"v3", "v4", "smp", "fragments", "reset"}) {
                features.add(name);
            }
            put(result, "name", "otr4j", "version", "0.60-SNAPSHOT", "protocol", 1, "features", features);
            return result;
        case "account":
            return open(request);
        case "policy":
            setPolicy(request);
            return result;
        case "start":
            talk(to).start(text(request, "how", "query"));
            return result;
        case "receive":
            talk(text(request, "from", "")).receive(text(request, "message", ""));
            return result;
        case "send":
            if (request.has("tlvs") && !request.getAsJsonArray("tlvs").isEmpty()) {
                throw Failure.unsupported("tlvs");
            }
            talk(to).send(text(request, "text", ""));
            return result;
        case "smp-start":
            talk(to).instance().initSmp(text(request, "question", null), text(request, "secret", ""));
            return result;
        case "smp-answer":
            talk(to).answer(text(request, "secret", ""));
            return result;
        case "smp-abort":
            talk(to).instance().abortSmp();
            return result;
        case "end":
            talk(to).end();
            return result;
        case "status":
            put(result, "sessions", talk(text(request, "of", "")).status());
            return result;
        case "bye":
            return result;
        case "reset":
            // Java starts slowly: a suite may go on with the same program.
            this.account = null;
            this.policy = new OtrPolicy(OtrPolicy.ALLOW_V4);
            this.maxLength = Integer.MAX_VALUE;
            this.profile = new byte[0];
            this.talks.clear();
            return result;
        default:
            throw Failure.unsupported("no such command");
        }
    }

    private JsonObject answer(final String line) {
        JsonObject response = new JsonObject();
        this.out = new JsonArray();
        JsonElement id = null;
        try {
            final JsonObject request = JsonParser.parseString(line).getAsJsonObject();
            id = request.get("id");
            response = run(request);
            put(response, "id", id, "ok", true, "out", this.out);
            return response;
        } catch (final Failure e) {
            put(response, "id", id, "ok", false, "error", error(e.code, e));
        } catch (final OtrException e) {
            put(response, "id", id, "ok", false, "error", error("OTR_STATE", e));
        } catch (final RuntimeException e) {
            put(response, "id", id, "ok", false, "error", error("OTR_REQUEST", e));
        }
        return response;
    }

    private static JsonObject error(final String code, final Exception e) {
        final JsonObject error = new JsonObject();
        put(error, "code", code, "message", String.valueOf(e.getMessage()));
        return error;
    }

    /** Reads requests until the input ends or says so. What otr4j has to say goes to stderr. */
    public static void main(final String[] args) throws Exception {
        Logger.getLogger("").setLevel(Level.parse(System.getProperty("otr4j.log", "OFF")));
        for (final java.util.logging.Handler handler : Logger.getLogger("").getHandlers()) {
            handler.setLevel(Level.ALL);
        }
        final Gson gson = new GsonBuilder().disableHtmlEscaping().serializeNulls().create();
        final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        final PrintStream output = new PrintStream(System.out, true, "UTF-8");
        final Peer peer = new Peer();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            output.println(gson.toJson(peer.answer(line)));
            if (line.contains("\"cmd\":\"bye\"")) {
                break;
            }
        }
        System.exit(0);
    }
}
