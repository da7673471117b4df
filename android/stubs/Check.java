import android.app.Activity;
import android.content.Intent;
import android.net.Uri;
import android.os.Bundle;
import android.webkit.PermissionRequest;
import android.webkit.ValueCallback;
import android.webkit.WebChromeClient;
import android.webkit.WebResourceResponse;
import android.webkit.WebView;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;

/** Runs the app's own bytecode against stand-ins for Android: what it opens, answers, grants and hands on. */
public class Check {
    private static final String HOST = "https://appassets.androidplatform.net";

    public static void main(String[] arguments) throws Exception {
        Class<?> type = Class.forName("org.facefit.app.Main");
        Activity activity = (Activity) type.getConstructor().newInstance();
        method(type, "onCreate", Bundle.class).invoke(activity, new Object[] {null});
        WebView web = (WebView) activity.content;
        check("opens the page", web.address.equals(HOST + "/"));
        check("settings", web.getSettings().values.toString().equals("{files=false, gesture=false, scripts=true, storage=true}"));
        check("asks for the camera", activity.calls.contains("permission android.permission.CAMERA"));
        answers(web);
        camera(web);
        photos(type, activity, web);
        System.out.println("the app does what it should");
    }

    private static void answers(WebView web) throws Exception {
        answer(web, "/", 200, "text/html");
        answer(web, "/js/main.js", 200, "text/javascript");
        answer(web, "/css/theme.css", 200, "text/css");
        answer(web, "/vendor/litert/litert_wasm_internal.wasm", 200, "application/wasm");
        answer(web, "/icons/icon.svg", 200, "image/svg+xml");
        answer(web, "/manifest.webmanifest", 200, "application/manifest+json");
        answer(web, "/detector/landmark.tflite", 200, "application/octet-stream");
        answer(web, "/api/models", 200, "application/json");
        answer(web, "/api/models/expression-smallest", 200, "application/octet-stream");
        answer(web, "/api/models/identity-smallest", 200, "application/octet-stream");
        answer(web, "/api/status", 404, "text/plain");
        WebResourceResponse elsewhere = web.client.shouldInterceptRequest(web, () -> new Uri("https://elsewhere.example/x.js"));
        check("nothing from elsewhere", elsewhere != null && elsewhere.status == 404 && elsewhere.data == null);
    }

    private static void answer(WebView web, String path, int status, String type) throws Exception {
        WebResourceResponse response = web.client.shouldInterceptRequest(web, () -> new Uri(HOST + path));
        boolean whole = response.data == null ? status == 404 : response.data.readAllBytes().length > 100;
        check(path, response.status == status && response.type.equals(type) && whole);
    }

    private static void camera(WebView web) {
        PermissionRequest request = new PermissionRequest();
        web.chrome.onPermissionRequest(request);
        check("grants the camera to the page", request.granted != null && request.granted.length == 1);
    }

    private static void photos(Class<?> type, Activity activity, WebView web) throws Exception {
        List<Uri[]> picked = new ArrayList<>();
        ValueCallback<Uri[]> callback = picked::add;
        check("opens the gallery", web.chrome.onShowFileChooser(web, callback, new WebChromeClient.FileChooserParams()));
        check("starts it once", activity.calls.contains("activity 1"));
        Method result = method(type, "onActivityResult", int.class, int.class, Intent.class);
        result.invoke(activity, 1, -1, null);
        result.invoke(activity, 1, -1, null);
        check("hands the photo on, once", picked.size() == 1 && picked.get(0).length == 1);
        web.chrome.onShowFileChooser(web, callback, new WebChromeClient.FileChooserParams());
        result.invoke(activity, 1, 0, null);
        check("says that none was picked", picked.size() == 2 && picked.get(1) == null);
    }

    private static Method method(Class<?> type, String name, Class<?>... parameters) throws Exception {
        Method method = type.getDeclaredMethod(name, parameters);
        method.setAccessible(true);
        return method;
    }

    private static void check(String what, boolean holds) {
        if (!holds) throw new AssertionError(what);
        System.out.println("ok: " + what);
    }
}
