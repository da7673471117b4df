package android.webkit;

import java.util.Map;
import java.util.TreeMap;

public class WebSettings {
    public final Map<String, Boolean> values = new TreeMap<>();

    public void setJavaScriptEnabled(boolean value) {
        values.put("scripts", value);
    }

    public void setDomStorageEnabled(boolean value) {
        values.put("storage", value);
    }

    public void setMediaPlaybackRequiresUserGesture(boolean value) {
        values.put("gesture", value);
    }

    public void setAllowFileAccess(boolean value) {
        values.put("files", value);
    }
}
