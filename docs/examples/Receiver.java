// A receiver of signed requests: SECRET=whsec_… java Receiver.java [PORT]
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Receiver {
    /** Tells whether whoever has the key sent this body within the last five minutes. */
    static boolean verify(byte[] key, HttpExchange request, byte[] body) throws GeneralSecurityException {
        String sent = header(request, "webhook-timestamp");
        if (!sent.matches("[0-9]{1,15}") || Math.abs(Instant.now().getEpochSecond() - Long.parseLong(sent)) > 300) {
            return false;
        }
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((header(request, "webhook-id") + "." + sent + ".").getBytes(StandardCharsets.UTF_8));
        byte[] want = ("v1," + Base64.getEncoder().encodeToString(mac.doFinal(body))).getBytes(StandardCharsets.UTF_8);
        boolean valid = false;
        for (String got : header(request, "webhook-signature").split(" ")) {
            valid |= MessageDigest.isEqual(got.getBytes(StandardCharsets.UTF_8), want);
        }
        return valid;
    }

    static String header(HttpExchange request, String name) {
        String value = request.getRequestHeaders().getFirst(name);
        return value == null ? "" : value;
    }

    public static void main(String[] arguments) throws IOException {
        String secret = System.getenv().getOrDefault("SECRET", "");
        byte[] key = Base64.getDecoder().decode(secret.replaceFirst("^whsec_", ""));
        if (key.length < 24) {
            throw new IllegalArgumentException("SECRET is not whsec_ and base64");
        }
        int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 8000;
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", request -> {
            try {
                byte[] body = request.getRequestBody().readNBytes(1 << 20);
                boolean valid = verify(key, request, body);
                request.sendResponseHeaders(valid ? 204 : 401, -1);
                if (valid) {
                    // Do here, or better later, what the event asks for; once for each webhook-id.
                    System.out.println(header(request, "webhook-id") + ": " + new String(body, StandardCharsets.UTF_8));
                }
            } catch (GeneralSecurityException e) {
                throw new IOException(e);
            } finally {
                request.close();
            }
        });
        server.start();
        System.out.println("listening on http://127.0.0.1:" + server.getAddress().getPort());
    }
}
