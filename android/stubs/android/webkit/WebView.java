package android.webkit;

import android.content.Context;
import android.view.View;

public class WebView extends View {
    public WebViewClient client;
    public WebChromeClient chrome;
    public String address;
    private final WebSettings settings = new WebSettings();

    public WebView(Context context) {}

    public WebSettings getSettings() {
        return settings;
    }

    public void setWebViewClient(WebViewClient client) {
        this.client = client;
    }

    public void setWebChromeClient(WebChromeClient chrome) {
        this.chrome = chrome;
    }

    public void loadUrl(String address) {
        this.address = address;
    }
}
