# Answers every request of the page from the app's own files, so that nothing ever goes to the network.
.class public Lorg/facefit/app/Page;
.super Landroid/webkit/WebViewClient;

.field final activity:Landroid/app/Activity;

.method public constructor <init>(Landroid/app/Activity;)V
    .registers 2
    invoke-direct {p0}, Landroid/webkit/WebViewClient;-><init>()V
    iput-object p1, p0, Lorg/facefit/app/Page;->activity:Landroid/app/Activity;
    return-void
.end method

.method public shouldInterceptRequest(Landroid/webkit/WebView;Landroid/webkit/WebResourceRequest;)Landroid/webkit/WebResourceResponse;
    .registers 8
    invoke-interface {p2}, Landroid/webkit/WebResourceRequest;->getUrl()Landroid/net/Uri;
    move-result-object v0
    invoke-virtual {v0}, Landroid/net/Uri;->getHost()Ljava/lang/String;
    move-result-object v1
    const-string v2, "appassets.androidplatform.net"
    invoke-virtual {v2, v1}, Ljava/lang/String;->equals(Ljava/lang/Object;)Z
    move-result v1
    if-eqz v1, :missing
    invoke-virtual {v0}, Landroid/net/Uri;->getPath()Ljava/lang/String;
    move-result-object v0
    const/4 v1, 0x1
    invoke-virtual {v0, v1}, Ljava/lang/String;->substring(I)Ljava/lang/String;
    move-result-object v0
    invoke-virtual {v0}, Ljava/lang/String;->length()I
    move-result v1
    if-nez v1, :named
    const-string v0, "index.html"
    :named
    invoke-direct {p0, v0}, Lorg/facefit/app/Page;->open(Ljava/lang/String;)Ljava/io/InputStream;
    move-result-object v1
    if-nez v1, :found
    # A list, such as that of the networks, lies in its folder.
    const-string v2, "/index.json"
    invoke-virtual {v0, v2}, Ljava/lang/String;->concat(Ljava/lang/String;)Ljava/lang/String;
    move-result-object v0
    invoke-direct {p0, v0}, Lorg/facefit/app/Page;->open(Ljava/lang/String;)Ljava/io/InputStream;
    move-result-object v1
    if-eqz v1, :missing
    :found
    invoke-static {v0}, Lorg/facefit/app/Page;->type(Ljava/lang/String;)Ljava/lang/String;
    move-result-object v2
    new-instance v3, Landroid/webkit/WebResourceResponse;
    const-string v4, "utf-8"
    invoke-direct {v3, v2, v4, v1}, Landroid/webkit/WebResourceResponse;-><init>(Ljava/lang/String;Ljava/lang/String;Ljava/io/InputStream;)V
    return-object v3
    :missing
    new-instance v0, Landroid/webkit/WebResourceResponse;
    const-string v1, "text/plain"
    const-string v2, "utf-8"
    const/4 v3, 0x0
    invoke-direct {v0, v1, v2, v3}, Landroid/webkit/WebResourceResponse;-><init>(Ljava/lang/String;Ljava/lang/String;Ljava/io/InputStream;)V
    const/16 v1, 0x194
    const-string v2, "Not Found"
    invoke-virtual {v0, v1, v2}, Landroid/webkit/WebResourceResponse;->setStatusCodeAndReasonPhrase(ILjava/lang/String;)V
    return-object v0
.end method

# A file of the app, or null.
.method private open(Ljava/lang/String;)Ljava/io/InputStream;
    .registers 4
    :try_start
    iget-object v0, p0, Lorg/facefit/app/Page;->activity:Landroid/app/Activity;
    invoke-virtual {v0}, Landroid/app/Activity;->getAssets()Landroid/content/res/AssetManager;
    move-result-object v0
    invoke-virtual {v0, p1}, Landroid/content/res/AssetManager;->open(Ljava/lang/String;)Ljava/io/InputStream;
    move-result-object v0
    :try_end
    .catch Ljava/io/IOException; {:try_start .. :try_end} :missing
    return-object v0
    :missing
    move-exception v0
    const/4 v0, 0x0
    return-object v0
.end method

# Browsers run scripts and take style sheets only under the right type.
.method static type(Ljava/lang/String;)Ljava/lang/String;
    .registers 6
    const-string v0, ".html text/html .js text/javascript .css text/css .wasm application/wasm .json application/json .svg image/svg+xml .png image/png .webmanifest application/manifest+json"
    const-string v1, " "
    invoke-virtual {v0, v1}, Ljava/lang/String;->split(Ljava/lang/String;)[Ljava/lang/String;
    move-result-object v0
    const/4 v1, 0x0
    array-length v2, v0
    :next
    if-ge v1, v2, :other
    aget-object v3, v0, v1
    invoke-virtual {p0, v3}, Ljava/lang/String;->endsWith(Ljava/lang/String;)Z
    move-result v3
    add-int/lit8 v1, v1, 0x1
    if-nez v3, :known
    add-int/lit8 v1, v1, 0x1
    goto :next
    :known
    aget-object v0, v0, v1
    return-object v0
    :other
    const-string v0, "application/octet-stream"
    return-object v0
.end method
