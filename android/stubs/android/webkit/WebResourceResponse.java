package android.webkit;

import java.io.InputStream;

public class WebResourceResponse {
    public final String type;
    public final InputStream data;
    public int status = 200;

    public WebResourceResponse(String type, String encoding, InputStream data) {
        this.type = type;
        this.data = data;
    }

    public void setStatusCodeAndReasonPhrase(int status, String reason) {
        this.status = status;
    }
}
