import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import net.java.otr4j.api.Event;
import net.java.otr4j.api.Instance;
import net.java.otr4j.api.InstanceTag;
import net.java.otr4j.api.OtrEngineHost;
import net.java.otr4j.api.OtrException;
import net.java.otr4j.api.OtrPolicy;
import net.java.otr4j.api.Session;
import net.java.otr4j.api.SessionID;
import net.java.otr4j.api.SessionStatus;
import net.java.otr4j.api.Version;
import net.java.otr4j.crypto.DSAKeyPair;
import net.java.otr4j.crypto.ed448.EdDSAKeyPair;
import net.java.otr4j.session.OtrSessionManager;

/** One correspondent: otr4j's session with them, and what it asks of its host. */
final class Talk implements OtrEngineHost {
    private final Peer peer;
    private final String with;
    private final Session session;
    private String question;
    private boolean ending;

    Talk(final Peer peer, final String with) {
        this.peer = peer;
        this.with = with;
        this.session = OtrSessionManager.createSession(new SessionID(peer.account, with, "test"), this);
        this.session.addOtrEngineListener((id, receiver) -> tellState(receiver));
    }

    /** The instance that a command is for: the encrypted one, else whichever came last, else the one that any may answer. */
    Instance instance() {
        Instance chosen = null;
        for (final Instance one : this.session.getInstances()) {
            final boolean encrypted = chosen != null && chosen.getSessionStatus() == SessionStatus.ENCRYPTED;
            if (!encrypted) {
                chosen = one;
            }
        }
        return chosen;
    }

    void start(final String how) throws OtrException, Peer.Failure {
        if ("identity".equals(how)) {
            // The first one is no instance of the other side's: what is begun there any may answer.
            ((Instance) this.session).startAKE(java.util.EnumSet.of(Version.FOUR));
        } else if (instance().getSessionStatus() == SessionStatus.ENCRYPTED) {
            // `startSession` does nothing then.
            instance().refreshSession();
        } else {
            this.session.startSession();
        }
    }

    void receive(final String message) {
        final Session.Result result;
        try {
            result = this.session.transformReceiving(message);
        } catch (final OtrException | RuntimeException e) {
            this.peer.event("notice", "peer", this.with, "code", "refused", "detail", String.valueOf(e));
            return;
        }
        if (result.rejected) {
            this.peer.event("notice", "peer", this.with, "code", "refused");
        }
        if (result.content != null && !result.content.isEmpty()) {
            this.peer.event("message", "from", this.with, "text", result.content, "encrypted", result.confidential,
                    "version", result.confidential ? versionOf(instance()) : null);
        }
    }

    void send(final String text) throws OtrException {
        for (final String line : instance().transformSending(text)) {
            injectMessage(null, line);
        }
    }

    void answer(final String secret) throws OtrException {
        instance().respondSmp(this.question, secret);
    }

    void end() throws OtrException {
        this.ending = true;
        try {
            instance().endSession();
        } finally {
            this.ending = false;
        }
    }

    private static Integer versionOf(final Instance one) {
        return one.getProtocolVersion().value == 0 ? null : one.getProtocolVersion().value;
    }

    private static String nameOf(final SessionStatus status) {
        return status.name().toLowerCase(java.util.Locale.ROOT);
    }

    private void tellState(final InstanceTag receiver) {
        final Instance one = this.session.getInstance(receiver);
        if (one != null) {
            this.peer.event("state", "peer", this.with, "instance", Integer.toUnsignedLong(receiver.getValue()), "state",
                    nameOf(one.getSessionStatus()), "version", versionOf(one), "ssid", ssid(one));
        }
    }

    JsonArray status() {
        final JsonArray sessions = new JsonArray();
        for (final Instance one : this.session.getInstances()) {
            final InstanceTag tag = one.getReceiverInstanceTag();
            if (tag.equals(InstanceTag.ZERO_TAG)) {
                continue;
            }
            final JsonObject entry = new JsonObject();
            Peer.put(entry, "instance", Integer.toUnsignedLong(tag.getValue()), "state", nameOf(one.getSessionStatus()),
                    "version", versionOf(one), "ssid", ssid(one));
            sessions.add(entry);
        }
        return sessions;
    }

    /** otr4j tells nobody its session's SSID; what it verifies SMP with holds it. */
    private static String ssid(final Instance one) {
        if (one.getSessionStatus() != SessionStatus.ENCRYPTED) {
            return null;
        }
        try {
            final Object state = value(one, "sessionState");
            if (one.getProtocolVersion() == Version.FOUR) {
                return Peer.hex((byte[]) value(value(state, "smp"), "ssid"));
            }
            final Object secret = value(value(state, "smpTlvHandler"), "s");
            final Method ssid = secret.getClass().getDeclaredMethod("ssid");
            ssid.setAccessible(true);
            return Peer.hex((byte[]) ssid.invoke(secret));
        } catch (final ReflectiveOperationException e) {
            return null;
        }
    }

    private static Object value(final Object of, final String name) throws ReflectiveOperationException {
        final Field field = of.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(of);
    }

    @Override
    public void injectMessage(final SessionID id, final String message) {
        this.peer.event("send", "to", this.with, "message", message);
    }

    @Override
    public OtrPolicy getSessionPolicy(final SessionID id) {
        return this.peer.policy;
    }

    @Override
    public int getMaxFragmentSize(final SessionID id) {
        return this.peer.maxLength;
    }

    @Override
    public DSAKeyPair getLocalKeyPair(final SessionID id) {
        return this.peer.dsa;
    }

    @Override
    public EdDSAKeyPair getLongTermKeyPair(final SessionID id) {
        return this.peer.identity;
    }

    @Override
    public EdDSAKeyPair getForgingKeyPair(final SessionID id) {
        return this.peer.forging;
    }

    @Override
    public void updateClientProfilePayload(final byte[] payload) {
        this.peer.profile = payload.clone();
    }

    @Override
    public byte[] restoreClientProfilePayload() {
        return this.peer.profile.clone();
    }

    @Override
    public <T> void handleEvent(final SessionID id, final InstanceTag receiver, final Event<T> event, final T payload) {
        if (event == Event.SMP_REQUEST_SECRET) {
            this.question = (String) payload;
            smp("asked", this.question);
        } else if (event == Event.SMP_COMPLETED) {
            smp(((Event.SMPResult) payload).success ? "succeeded" : "failed", null);
        } else if (event == Event.SMP_ABORTED) {
            smp("aborted", null);
        } else if (event == Event.ERROR) {
            notice("error-message", payload.toString());
        } else if (event == Event.UNENCRYPTED_MESSAGE_RECEIVED) {
            notice("unencrypted", null);
        } else if (event == Event.UNREADABLE_MESSAGE_RECEIVED) {
            notice("unreadable", null);
        } else if (event == Event.MESSAGE_FOR_ANOTHER_INSTANCE_RECEIVED) {
            notice("other-instance", null);
        } else if (event == Event.ENCRYPTED_MESSAGES_REQUIRED) {
            notice("held", null);
        } else if (event == Event.SESSION_FINISHED) {
            notice("connection-ended", null);
        }
    }

    private void smp(final String event, final String asked) {
        this.peer.event("smp", "peer", this.with, "event", event, "question", asked == null || asked.isEmpty() ? null : asked);
    }

    private void notice(final String code, final String detail) {
        this.peer.event("notice", "peer", this.with, "code", code, "detail", detail);
    }
}
